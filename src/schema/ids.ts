// Identifiers that writers mint: 32 hex digits, the first 12 of them milliseconds since 1970, so that ids sort by time.

/** A new session, trace or run id: 48 bits of time, 80 random bits, 32 lower-case hex digits (the layout of UUIDv7, RFC 9562, without its version bits). */
export function mintId(nowMs: number = Date.now()): string {
  return Math.max(0, Math.floor(nowMs)).toString(16).padStart(12, '0').slice(-12) + randomHex(10);
}

/** A new span id: 16 random lower-case hex digits, as in W3C Trace Context. */
export function mintSpanId(): string {
  return randomHex(8);
}

/** The global generator, not node:crypto: importing that costs every start 4 ms, also of programs that mint nothing. */
function randomHex(bytes: number): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString('hex');
}
