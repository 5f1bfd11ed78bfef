// Spans: an open written at once, so that a crash leaves it as evidence, and a close with the time between. A span knows its parent by being made from it,
// never by a global "current" span, so concurrent work cannot mix them up.
import { mintSpanId } from '../schema/index.ts';
import type { spanStatuses } from '../schema/journal.ts';
import type { Attributes, AttributesInput } from './flat-attributes.ts';
import { type LogCall, logCall } from './journal-log.ts';
import { type Bindings, type Context, type LogExtras, type Pen, wordsOf } from './journal-pen.ts';

export type SpanStatus = (typeof spanStatuses)[number];

export interface SpanOptions extends Bindings, LogExtras {
  /** Default: a new one. */
  spanId?: string | undefined;
  /** Default: the span it is made from. */
  parentSpanId?: string | undefined;
}

export interface SpanEnd extends LogExtras {
  /** Default: 'error' with an error, else 'ok'. */
  status?: SpanStatus | undefined;
  /** What went wrong: its message becomes the attribute `error` unless that is set. */
  error?: unknown;
  attributes?: AttributesInput | undefined;
}

export interface Span {
  readonly spanId: string;
  /** Logs inside this span: `span.log('info', 'msg')`, `span.log.info('msg')`. */
  readonly log: LogCall;
  /** A span inside this one. */
  span(name: string, options?: SpanOptions): Span;
  /** Remembered for the close. After end() it does nothing. */
  setAttributes(attributes: AttributesInput): void;
  /** Writes the close, with the wall time since the open. A second end does nothing. */
  end(end?: SpanStatus | SpanEnd): void;
}

export function openSpan(pen: Pen, outer: Context, name: string, options: SpanOptions): Span {
  const given = options ?? {};
  const spanId = given.spanId ?? mintSpanId();
  const context: Context = {
    ...pen.context(outer, given),
    spanId,
    parentSpanId: given.parentSpanId ?? outer.spanId,
  };
  const title = wordsOf(name);
  const startedMs = pen.monotonicMs();
  let ended = false;
  let attributes: Attributes = context.attributes;
  pen.write(context, { kind: 'span-open', name: title }, undefined, given);
  // Logs inside a span repeat neither its attributes nor those of the spans around it: the bindings are what they share.
  const inside: Context = { ...context, attributes: outer.attributes };
  return {
    spanId,
    log: logCall(pen, inside),
    span: (innerName, innerOptions = {}) => openSpan(pen, inside, innerName, innerOptions),
    setAttributes: (more) => {
      if (!ended) attributes = { ...attributes, ...pen.flat(more) };
    },
    end: (end = {}) => {
      if (ended) return;
      ended = true;
      const {
        status,
        error,
        attributes: last,
        links,
        body,
      }: SpanEnd = typeof end === 'string' ? { status: end } : (end ?? {});
      const failed = error !== undefined && error !== null;
      const why = failed ? { error: wordsOf(error) } : {};
      pen.write(
        { ...context, attributes: {} },
        {
          kind: 'span-close',
          name: title,
          durationMs: Math.max(0, Math.round((pen.monotonicMs() - startedMs) * 1000) / 1000),
          status: status === 'ok' || status === 'error' ? status : failed ? 'error' : 'ok',
        },
        { ...why, ...attributes, ...(last === undefined ? {} : pen.flat(last)) },
        { links, body },
      );
    },
  };
}

export function runIn<T>(span: Span, work: (span: Span) => T): T {
  let result: T;
  try {
    result = work(span);
  } catch (error) {
    span.end({ status: 'error', error });
    throw error;
  }
  if (!isPromise(result)) {
    span.end('ok');
    return result;
  }
  return result.then(
    (value) => {
      span.end('ok');
      return value;
    },
    (error: unknown) => {
      span.end({ status: 'error', error });
      throw error;
    },
  ) as T;
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null)?.then === 'function';
}
