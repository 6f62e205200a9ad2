import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface StoreServer {
  readonly url: string;
  /** What was asked for, in order. */
  readonly asked: {
    readonly path: string;
    readonly range: string | undefined;
    readonly encoding: string | undefined;
  }[];
  readonly close: () => Promise<void>;
}

export type Answer = (request: IncomingMessage, response: ServerResponse, path: string) => void;

/** A symbol server on this machine. */
export async function storeServer(answer: Answer): Promise<StoreServer> {
  const asked: StoreServer['asked'] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '');
    const encoding = request.headers['accept-encoding'];
    asked.push({ path, range: request.headers.range, encoding: Array.isArray(encoding) ? encoding.join() : encoding });
    answer(request, response, path);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () => {
      server.closeAllConnections();
      return new Promise((closed) => server.close(() => closed()));
    },
  };
}

/** Gives these files, and 404 for all others; honours ranges. */
export function serving(files: Readonly<Record<string, Buffer>>): Answer {
  return (request, response, path) => {
    const bytes = files[path];
    if (!bytes) response.writeHead(404).end('no such file');
    else {
      const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
      if (start >= bytes.length) response.writeHead(416).end();
      else {
        const range = `bytes ${start}-${bytes.length - 1}/${bytes.length}`;
        response.writeHead(start > 0 ? 206 : 200, {
          'content-length': bytes.length - start,
          ...(start > 0 && { 'content-range': range }),
        });
        response.end(bytes.subarray(start));
      }
    }
  };
}
