// An Io a test can look at: what was said to whom, and a reader of stdout that goes away when asked to.
import { ClosedPipe, type Io } from '../../src/commands/io.ts';

export interface TestIo extends Io {
  out(): string;
  err(): string;
}

export function testIo(fields: Partial<Io> & { closeAfter?: number } = {}): TestIo {
  let out = '';
  let err = '';
  let writes = 0;
  const { closeAfter = Number.POSITIVE_INFINITY, ...rest } = fields;
  return {
    stdout: async (text) => {
      if (writes++ >= closeAfter) throw new ClosedPipe();
      out += text;
    },
    stderr: (text) => {
      err += text;
    },
    isTTY: false,
    progress: false,
    width: undefined,
    env: {},
    cwd: '/',
    now: () => new Date('2026-03-10T12:00:00Z'),
    signal: new AbortController().signal,
    supervision: 'here',
    onInterrupt: () => () => {},
    stdin: async function* () {},
    ...rest,
    out: () => out,
    err: () => err,
  };
}
