/** What a link has moved and suffered since it exists. */
export interface LinkStatistics {
  bytesIn: number;
  bytesOut: number;
  /** Good packets, control packets included. */
  packetsIn: number;
  packetsOut: number;
  /** Packets that were sent again because no acknowledgement came, or because the target asked for it. */
  retransmissions: number;
  /** Requests that were acknowledged and not answered, and sent again under the next id. */
  reissues: number;
  resets: number;
  duplicates: number;
  /** Packets that came damaged. */
  bad: number;
  /** Bytes that belonged to no packet. */
  noise: number;
}

export function emptyStatistics(): LinkStatistics {
  return {
    bytesIn: 0,
    bytesOut: 0,
    packetsIn: 0,
    packetsOut: 0,
    retransmissions: 0,
    reissues: 0,
    resets: 0,
    duplicates: 0,
    bad: 0,
    noise: 0,
  };
}
