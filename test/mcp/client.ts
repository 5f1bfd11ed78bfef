import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { lakeobsBin } from '../cli.ts';

export interface Connected {
  client: Client;
  /** Of the server. */
  pid: number;
  /** What the server said on stderr. */
  stderr(): string;
  call(name: string, args?: Record<string, unknown>, signal?: AbortSignal): Promise<Called>;
  close(): Promise<void>;
}

export interface Called {
  text: string;
  isError: boolean;
  structured: Record<string, unknown> | undefined;
}

/** Starts `lakeobs mcp …args` and speaks to it. Whoever runs the tests has no say in its environment. */
export async function connected(
  args: readonly string[],
  { cwd, env = {}, bin = lakeobsBin }: { cwd: string; env?: Record<string, string>; bin?: string },
): Promise<Connected> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [bin, 'mcp', ...args],
    cwd,
    env: {
      PATH: process.env.PATH ?? '',
      HOME: '/nonexistent',
      XDG_CACHE_HOME: '/dev/null/none',
      TMPDIR: process.env.TMPDIR ?? '/tmp',
      ...env,
    },
    stderr: 'pipe',
  });
  let stderr = '';
  transport.stderr?.on('data', (text) => {
    stderr += text;
  });
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(transport);
  return {
    client,
    pid: transport.pid!,
    stderr: () => stderr,
    call: async (name, args = {}, signal) => {
      const options = signal === undefined ? {} : { signal };
      const result = (await client.callTool({ name, arguments: args }, undefined, options)) as CallToolResult;
      const [part] = result.content;
      if (part?.type !== 'text' || result.content.length !== 1) throw new Error('an answer is one text');
      return { text: part.text, isError: result.isError === true, structured: result.structuredContent };
    },
    close: () => client.close(),
  };
}

/** What stands between the fences, line by line, and everything else. */
export function parts(text: string): { inside: unknown[][]; outside: string } {
  const fence = /<data-([0-9a-f]{16})>/.exec(text)?.[1];
  if (fence === undefined) return { inside: [], outside: text };
  const open = `<data-${fence}>\n`;
  const from = text.indexOf(`\n${open}`) + 1 + open.length;
  const to = text.indexOf(`</data-${fence}>\n`, from);
  return {
    inside: text
      .slice(from, to)
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown[]),
    outside: text.slice(0, from) + text.slice(to),
  };
}

/** The message of a failed call. */
export function errorOf({ text }: Called): string {
  return String(parts(text).inside.find(([what]) => what === 'error')?.[1] ?? text);
}
