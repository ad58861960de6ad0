// Serves web/dist and a made-up API on 127.0.0.1, with the headers of the real server: for work on the page without a
// build of the program, and for trying tests/e2e.   node src/testing/mock_server.ts [port] [failures] [events]
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MockApi, setupToken } from './mock_api.ts';
import { makeWorld } from './mock_data.ts';

const [port = '18080', failures = '40', events = '400'] = process.argv.slice(2);
const dist = fileURLToPath(new URL('../../dist', import.meta.url));
const api = new MockApi(makeWorld({ failures: Number(failures), events: Number(events) }));
const streams = new Set<ServerResponse>();

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
  '.json': 'application/json',
  '.md': 'text/markdown; charset=utf-8',
};

function policy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "connect-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "manifest-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'self'",
  ].join('; ');
}

async function serveFile(path: string, response: ServerResponse): Promise<void> {
  const file = extname(path) ? join(dist, normalize(path)) : join(dist, 'index.html');
  const nonce = randomBytes(16).toString('base64');
  try {
    const body = await readFile(file);
    const isPage = file.endsWith('index.html');
    response.writeHead(200, {
      'Content-Type': types[extname(file)] ?? 'application/octet-stream',
      'Cache-Control': isPage
        ? 'no-store'
        : path.startsWith('/assets/')
          ? 'public, max-age=31536000, immutable'
          : 'no-cache',
      'Content-Security-Policy': policy(nonce),
      'X-Content-Type-Options': 'nosniff',
    });
    response.end(isPage ? body.toString('utf8').replaceAll('__NONCE__', nonce) : body);
  } catch {
    response.writeHead(404).end();
  }
}

function serveLive(request: IncomingMessage, response: ServerResponse): void {
  if (!api.user) {
    response.writeHead(401).end();
    return;
  }
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  response.write(': hello\n\n');
  streams.add(response);
  request.on('close', () => streams.delete(response));
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString('utf8') || 'null');
}

async function serveApi(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
  const answer = await api.handle({
    method: request.method ?? 'GET',
    url,
    header: (name) => (request.headers[name.toLowerCase()] as string | undefined) ?? null,
    json: () => readBody(request),
  });
  if (answer.text !== undefined) {
    response.writeHead(answer.status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(answer.text);
    return;
  }
  const type = answer.status >= 400 ? 'application/problem+json' : 'application/json';
  response.writeHead(answer.status, { 'Content-Type': type, 'Cache-Control': 'no-store' });
  response.end(answer.body === undefined ? undefined : JSON.stringify(answer.body));
}

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  if (url.pathname === '/api/v1/live') serveLive(request, response);
  else if (url.pathname.startsWith('/api/')) void serveApi(request, response, url);
  else void serveFile(url.pathname, response);
});

setInterval(() => streams.forEach((stream) => stream.write(': keep\n\n')), 15_000).unref();

server.listen(Number(port), '127.0.0.1', () => {
  const address = server.address();
  const bound = typeof address === 'object' && address ? address.port : port;
  process.stdout.write(`http://127.0.0.1:${bound}/setup#token=${setupToken}\n`);
});
