// Log calls over a pen: `log('info', 'msg')` and `log.info('msg')` are the same.
import type { logLevels } from '../schema/journal.ts';
import type { AttributesInput } from './flat-attributes.ts';
import { type Context, type LogExtras, type Pen, wordsOf } from './journal-pen.ts';

export type LogLevel = (typeof logLevels)[number];
/** Writes one log record; never throws. Attributes that are not flat become text. */
export interface LogCall {
  (level: LogLevel, msg: string, attributes?: AttributesInput, extras?: LogExtras): void;
  debug(msg: string, attributes?: AttributesInput, extras?: LogExtras): void;
  info(msg: string, attributes?: AttributesInput, extras?: LogExtras): void;
  warn(msg: string, attributes?: AttributesInput, extras?: LogExtras): void;
  error(msg: string, attributes?: AttributesInput, extras?: LogExtras): void;
}

export function logCall(pen: Pen, context: Context): LogCall {
  const log = (level: LogLevel, msg: string, attributes?: AttributesInput, extras?: LogExtras): void =>
    pen.write(context, { kind: 'log', level, msg: wordsOf(msg) }, attributes, extras);
  const at =
    (level: LogLevel) =>
    (msg: string, attributes?: AttributesInput, extras?: LogExtras): void =>
      log(level, msg, attributes, extras);
  return Object.assign(log, { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') });
}
