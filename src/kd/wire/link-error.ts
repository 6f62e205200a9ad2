/** Why an exchange with the target came to nothing. */
export type LinkErrorCode =
  /** Acknowledged again and again, but never answered. */
  | 'no-reply'
  /** Its answer was damaged again and again; a shorter one may get through. */
  | 'damaged'
  /** The target has begun anew (a reboot, or it had given up its debugger) while the request was out. */
  | 'restarted'
  /** The byte stream is gone for good, or the link was closed. */
  | 'closed'
  /** Somebody took the request back. */
  | 'abandoned';

const sentences: Readonly<Record<LinkErrorCode, string>> = {
  'no-reply': 'The target acknowledges the request and does not answer it.',
  damaged: 'The line damages the answer again and again.',
  restarted: 'The target has started anew while it was asked.',
  closed: 'The connection to the target is closed.',
  abandoned: 'The request was taken back before the target answered.',
};

export class LinkError extends Error {
  override readonly name = 'LinkError';
  constructor(readonly code: LinkErrorCode) {
    super(sentences[code]);
  }
}
