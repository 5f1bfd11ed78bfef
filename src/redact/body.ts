// Secrets in a request or response body, whose content type says how to read it. A body that claims to be JSON and is not is replaced as a whole:
// what cannot be read cannot be redacted.
import { bodyBytesMax } from '../limits.ts';
import { type CutText, cutBytes } from './cut.ts';
import { redactJsonText } from './json-text.ts';
import { REDACTED } from './marker.ts';
import { redactLines, redactText } from './text.ts';
import { redactUrl } from './urls.ts';

export interface Body {
  text: string;
  /** The content-type header; without one the text is read for what it looks like. */
  contentType?: string | undefined;
  /** Bytes kept (limits.bodyBytesMax). */
  bytesMax?: number | undefined;
}

/**
 * The body redacted, then cut to `bytesMax` bytes of UTF-8. `size` is the size of the body as it came, in bytes.
 * JSON that does not parse becomes `[REDACTED]`; so does each such line of NDJSON and each such event of an event stream.
 */
export function redactBody({ text, contentType, bytesMax = bodyBytesMax }: Body): CutText {
  const size = Buffer.byteLength(text);
  const kept = cutBytes(redactAs(kindOf(contentType), text), bytesMax);
  return { text: kept.text, size, cut: kept.cut };
}

type Kind = 'json' | 'lines' | 'form' | 'text';

function kindOf(contentType: string | undefined): Kind {
  const type = (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (
    /[/+](?:x-)?(?:ndjson|jsonl|jsonlines|json-lines|json-seq|stream\+json)$/.test(type) ||
    type === 'text/event-stream'
  )
    return 'lines';
  if (/[/+-]json$/.test(type)) return 'json';
  return type === 'application/x-www-form-urlencoded' ? 'form' : 'text';
}

function redactAs(kind: Kind, text: string): string {
  switch (kind) {
    case 'json':
      return redactJsonBody(text);
    case 'lines':
      return redactLines(text, 'closed');
    case 'form':
      return redactText(redactUrl(`?${text}`).slice(1));
    case 'text':
      return redactText(text);
  }
}

function redactJsonBody(text: string): string {
  const mark = text.startsWith('\ufeff') ? '\ufeff' : '';
  const bare = text.slice(mark.length);
  if (bare.trim() === '' || bare === REDACTED) return text;
  const redacted = redactJsonText(bare, redactText);
  return redacted === undefined ? REDACTED : mark + redacted;
}
