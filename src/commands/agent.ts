// Language models as readers: which format is asked for, and the one hint they get. Nothing about the output changes because an agent seems to be there.
import { LakeobsError } from '../errors.ts';
import type { Io } from './io.ts';

/** What --format says, else LAKEOBS_FORMAT; undefined when neither does.
 * @throws LakeobsError usage for another word than agent in the environment: it would change what scripts read. */
export function formatAsked(option: string | undefined, { env }: Io): string | undefined {
  const { LAKEOBS_FORMAT } = env;
  if (option !== undefined || LAKEOBS_FORMAT === undefined || LAKEOBS_FORMAT === '') return option;
  if (LAKEOBS_FORMAT !== 'agent')
    throw new LakeobsError('usage', `LAKEOBS_FORMAT knows one word, agent, not ${JSON.stringify(LAKEOBS_FORMAT)}`, {
      hint: 'For other formats use --format.',
    });
  return LAKEOBS_FORMAT;
}

/** One line on stderr for a reader that seems to be a language model and asked for no format. */
export function hintForAgents(options: { format?: string; quiet?: boolean; output?: readonly string[] }, io: Io): void {
  if (options.quiet === true || (options.output ?? []).length > 0) return;
  if (formatAsked(options.format, io) !== undefined) return;
  if (signs.some((name) => (io.env[name] ?? '') !== ''))
    io.stderr(
      'lakeobs: for a coding agent: --format agent (or LAKEOBS_FORMAT=agent) is short, and marks text from logs as data\n',
    );
}

/** Variables that coding agents set for what they run (docs/agents.md). */
const signs = [
  'AI_AGENT',
  'CLAUDECODE',
  'CURSOR_AGENT',
  'GEMINI_CLI',
  'CODEX_SANDBOX',
  'OPENCODE',
  'CLINE_ACTIVE',
  'AUGMENT_AGENT',
];
