// What a host and its extensions call to log: loggers, children and spans over a sink. The host stamps who wrote a record; nothing below it can change that.
import { LakeobsError } from '../errors.ts';
import { type LogCall, type LogLevel, logCall } from './journal-log.ts';
import { type Bindings, type Context, Pen, type PenOptions, type PenStats } from './journal-pen.ts';
import { openSpan, runIn, type Span, type SpanOptions } from './journal-span.ts';

export type HostOptions = PenOptions & Bindings;
export type HostStats = PenStats;

export interface Logger extends Pick<LogCall, LogLevel> {
  /** By level: `log('info', 'msg')`; `logger.info('msg')` says the same. */
  readonly log: LogCall;
  /** A logger with more bindings. */
  child(bindings: Bindings): Logger;
  span(name: string, options?: SpanOptions): Span;
}

export interface Host {
  readonly extensionId: string;
  logger(bindings?: Bindings): Logger;
  /** The same host with more bindings; who writes stays the same. */
  child(bindings: Bindings): Host;
  /** Writes a span-open at once, so that a crash leaves it as evidence. */
  span(name: string, options?: SpanOptions): Span;
  /** Runs `work` inside a span and ends it when the work settles: 'ok', or 'error' with the error, which is thrown on. */
  run<T>(name: string, work: (span: Span) => T, options?: SpanOptions): T;
  stats(): HostStats;
}

/**
 * The host side of a journal.
 * @throws LakeobsError('usage') without an extensionId or a sink; nothing it returns throws.
 */
export function createHost(options: HostOptions): Host {
  const { extensionId, sink } = options;
  if (typeof extensionId !== 'string' || extensionId === '')
    throw new LakeobsError('usage', 'createHost needs an extensionId', {
      hint: 'Name who writes: createHost({ extensionId, sink }).',
    });
  if (typeof sink?.append !== 'function')
    throw new LakeobsError('usage', 'createHost needs a sink', { hint: 'Make one: createJournalSink({ path }).' });
  const pen = new Pen(options);
  return hostOver(pen, pen.context({}, options));
}

function hostOver(pen: Pen, context: Context): Host {
  const span = (name: string, options: SpanOptions = {}): Span => openSpan(pen, context, name, options);
  return {
    extensionId: pen.extensionId,
    logger: (bindings = {}) => loggerOver(pen, pen.context(context, bindings)),
    child: (bindings) => hostOver(pen, pen.context(context, bindings)),
    span,
    run: (name, work, options) => runIn(span(name, options), work),
    stats: () => ({ ...pen.stats }),
  };
}

function loggerOver(pen: Pen, context: Context): Logger {
  const log = logCall(pen, context);
  const { debug, info, warn, error } = log;
  return {
    log,
    debug,
    info,
    warn,
    error,
    child: (bindings) => loggerOver(pen, pen.context(context, bindings)),
    span: (name, options = {}) => openSpan(pen, context, name, options),
  };
}
