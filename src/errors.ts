// What can go wrong, in six words. Every expected failure is a LakeobsError with a hint that says what to do next;
// the code is mapped once to an exit code (and later once to an HTTP status). Programmer errors are plain assertions.

/** The six kinds of failure. usage: the call is wrong · input: the data cannot be read as asked · schema: a record breaks its family's rules ·
 * query: a statement cannot run · io: the disk or the system said no · internal: lakeobs is at fault. */
export type ErrorCode = 'usage' | 'input' | 'schema' | 'query' | 'io' | 'internal';

export interface ErrorDetails {
  /** What to do next: one sentence, imperative. */
  hint?: string;
  /** The file it is about. */
  path?: string;
  /** 1-based line in that file. */
  line?: number;
  /** 0-based byte offset in that file. */
  byteOffset?: number;
  cause?: unknown;
}

export class LakeobsError extends Error {
  override readonly name = 'LakeobsError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly path: string | undefined;
  readonly line: number | undefined;
  readonly byteOffset: number | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    // Names that may have been meant stand last, and sometimes there are none.
    super(message.trimEnd(), details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = details.hint;
    this.path = details.path;
    this.line = details.line;
    this.byteOffset = details.byteOffset;
  }
}

/** A failure that is nobody's fault but has no words of ours yet: a text longer than JavaScript can hold. Anything else comes back as it is. */
export function inOurWords(error: unknown): unknown {
  const tooLong =
    error instanceof Error &&
    (systemCode(error) === 'ERR_STRING_TOO_LONG' || error.message === 'Invalid string length');
  return tooLong
    ? new LakeobsError('query', 'a text of the result is longer than can be given out (half a gigabyte)', {
        hint: 'Ask for a part of it, such as left(x, 1000), or for length(x).',
        cause: error,
      })
    : error;
}

/** The short reason of any thrown value: for a system error its code and plain words, never a stack. */
export function reasonOf(error: unknown): string {
  if (error instanceof Error) {
    const code = (error as NodeJS.ErrnoException).code;
    const words = typeof code === 'string' ? systemWords[code] : undefined;
    return words === undefined ? error.message : `${words} (${code})`;
  }
  return String(error);
}

/** What went wrong and what to do next, for a place that has room for text alone. */
export function inSentences({ message, hint }: LakeobsError): string {
  return hint === undefined ? message : `${message}${/[.?!]$/.test(message) ? '' : '.'} ${hint}`;
}

/** The system error code (ENOENT, ENOSPC, …) of a thrown value, if it has one. */
export function systemCode(error: unknown): string | undefined {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** Whether what failed wants room on a disk. */
export function isDiskFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes(systemCode(error) ?? '');
}

const systemWords: Record<string, string> = {
  EACCES: 'permission denied',
  EDQUOT: 'disk quota exceeded',
  EEXIST: 'already exists',
  EFBIG: 'file too large',
  EIO: 'input/output error',
  EISDIR: 'is a directory',
  ELOOP: 'too many symbolic links',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'name too long',
  ENOENT: 'no such file or directory',
  ENOSPC: 'no space left on device',
  ENOTDIR: 'not a directory',
  EPERM: 'operation not permitted',
  EROFS: 'read-only file system',
};

/** The exit code of a failure that ends a command: always 2, "could not do or judge it". Findings (1) are results, not errors. */
export const EXIT = { fine: 0, findings: 1, failed: 2, interrupted: 130 } as const;

/** What must hold if lakeobs itself is right. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${message}`);
}
