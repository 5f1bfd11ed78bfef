// The one shape of a tool: words and schemas for the client, a function for the server. A tool reads; it names no file and writes none.
import * as z from 'zod/mini';
import { nearNames } from '../catalog/names.ts';
import { mcpRowsMax, mcpWordsMax, mcpWordUnitsMax } from '../limits.ts';
import { describeIssues } from '../schema/validate.ts';
import type { Desk } from './desk.ts';
import type { Place } from './place.ts';

export interface Tool<Input extends z.ZodMiniObject = z.ZodMiniObject> {
  name: string;
  title: string;
  /** For a model: what it gives, when to use it, what to call next. */
  description: string;
  input: Input;
  /** What `structured` holds; absent: the tool gives text only. */
  output?: z.ZodMiniObject;
  run(input: z.infer<Input>, context: Context): Promise<ToolAnswer>;
}

export interface Context {
  place: Place;
  desk: Desk;
  /** Aborted when the client cancels the call, or is gone. */
  signal: AbortSignal;
}

export interface ToolAnswer {
  text: string;
  /** The same for programs. Some clients show a model only this: it must hold all, or be absent; text of strangers stands in it only as the fenced text. */
  structured?: Readonly<Record<string, unknown>>;
}

/** A call that cannot be run as it is written. Its words are ours and the caller's: nothing of a record is in them. */
export class CallFault extends Error {
  override readonly name = 'CallFault';
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

/** Types `run` by the schema of `input`. */
export function tool<Input extends z.ZodMiniObject>(definition: Tool<Input>): Tool {
  return definition as unknown as Tool;
}

/** The arguments of a call as the tool takes them. @throws CallFault that names every argument that is unknown or does not fit. */
export function inputOf({ name, input }: Tool, given: unknown): Record<string, unknown> {
  const parsed = z.safeParse(input, given);
  if (parsed.success) return parsed.data;
  const known = Object.keys(input.shape);
  const unknown = parsed.error.issues.flatMap((issue) => (issue.code === 'unrecognized_keys' ? issue.keys : []));
  const others = parsed.error.issues.filter(({ code }) => code !== 'unrecognized_keys');
  const complaints = [
    ...unknown.map((key) => `there is no argument ${JSON.stringify(key)}${near(key, known)}`),
    ...describeIssues({ issues: others } as z.core.$ZodError),
  ];
  throw new CallFault(
    `${name}: ${complaints.join('; ')}`,
    known.length === 0 ? `${name} takes no arguments.` : `${name} takes ${known.join(', ')}.`,
  );
}

/** ` (did you mean …?)`, or nothing. */
export function near(name: string, known: readonly string[]): string {
  const names = nearNames(name, known);
  return names.length === 0 ? '' : ` (did you mean ${names.join(', ')}?)`;
}

/** An argument with its words. */
export function described<T extends z.ZodMiniType>(schema: T, description: string): T {
  z.globalRegistry.add(schema, { description });
  return schema;
}

/** A name, an id or a value: short. */
export function word(description: string): z.ZodMiniString {
  return described(short(), description);
}

function short(): z.ZodMiniString {
  return z.string().check(z.minLength(1), z.maxLength(mcpWordUnitsMax));
}

/** A list of names. */
export function words(description: string): z.ZodMiniOptional<z.ZodMiniArray<z.ZodMiniString>> {
  return z.optional(described(z.array(short()).check(z.maxLength(mcpWordsMax)), description));
}

/** How many rows come back. */
export function rowLimit(rows: number) {
  return z._default(
    described(z.int().check(z.gte(1), z.lte(mcpRowsMax)), 'rows to give; the others are counted'),
    rows,
  );
}

/** Values for params of queries. */
export function paramValues(description: string) {
  return z.optional(
    described(
      z.record(z.string(), z.union([z.string().check(z.maxLength(mcpWordUnitsMax)), z.number(), z.boolean()])),
      description,
    ),
  );
}
