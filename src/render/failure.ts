// An error for a person on stderr: what happened, where, and what to do next. Never a stack for an expected failure.
import { LakeobsError, reasonOf } from '../errors.ts';
import { paintOf } from './paint.ts';
import { visible } from './visible.ts';

/** `lakeobs: message`, then file, line and byte when known and not already said, then the hint; each on its own line, control characters visible. */
export function failureText(error: unknown, options: { color?: boolean | undefined } = {}): string {
  const paint = paintOf(options.color === true);
  const message = error instanceof LakeobsError ? error.message : reasonOf(error);
  const lines = [`${paint.red('lakeobs:')} ${message.split('\n').map(visible).join('\n')}`];
  if (error instanceof LakeobsError) {
    const place = placeOf(error);
    if (place !== '') lines.push(`  at ${visible(place)}`);
    if (error.hint !== undefined) lines.push(`  ${paint.bold('try:')} ${visible(error.hint)}`);
  }
  return `${lines.join('\n')}\n`;
}

function placeOf({ path, line, byteOffset, message }: LakeobsError): string {
  const parts = [
    path === undefined || path === '-' || (line === undefined && message.includes(path)) ? undefined : path,
    line === undefined || message.includes(`line ${line}`) ? undefined : `line ${line}`,
    byteOffset === undefined || message.includes(`byte ${byteOffset}`) ? undefined : `byte ${byteOffset}`,
  ];
  return parts.filter((part) => part !== undefined).join(', ');
}
