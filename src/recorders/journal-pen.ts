// Makes journal records and hands them to the sink: stamps who writes, makes attributes flat, redacts, then cuts what is too long. The only place that
// knows the extension's id, so that no logger, child or span can change it. Nothing here throws once it is made.
import { reasonOf } from '../errors.ts';
import { bodyBytesMax, textCodePointsMax } from '../limits.ts';
import { cutBytes, cutCodePoints, redactorOf, redactText } from '../redact/index.ts';
import type { JournalRecord, JsonObject } from '../schema/index.ts';
import { journal } from '../schema/journal.ts';
import { type Attributes, type AttributesInput, type FlatCounts, flatAttributes } from './flat-attributes.ts';

export interface SpanLink {
  spanId: string;
  turnId?: string | undefined;
  reason?: string | undefined;
}

/** Where journal records go: createJournalSink makes one; anything with append() will do, and is then given redacted records. */
export interface JournalTarget {
  append(record: object): boolean;
  /** true: it redacts itself. false: records are wanted as they are. Absent: the host redacts before it appends. */
  readonly redacts?: boolean;
  /** false: it goes nowhere, and nothing is prepared for it. */
  readonly enabled?: boolean;
}

export interface Bindings {
  conversationId?: string | undefined;
  turnId?: string | undefined;
  /** Added to every record below; own attributes of a record win. */
  attributes?: AttributesInput | undefined;
}

export interface LogExtras {
  links?: readonly SpanLink[] | undefined;
  /** Large verbatim text. Over 50,000 bytes its head is kept, and its true size goes to the attribute `bodyBytes`. */
  body?: string | undefined;
}

export interface PenStats extends FlatCounts {
  /** Messages, attributes and bodies over their cap: their head was kept and their true size added. */
  textsCut: number;
  /** Records the sink did not take. */
  refused: number;
}

export interface PenOptions {
  /** Stamped on every record. */
  extensionId: string;
  sink: JournalTarget;
  /** Bytes of a body that are kept. Default 50,000. */
  bodyBytesMax?: number | undefined;
  /** Code points of a message or an attribute that are kept. Default 10,000. */
  textCodePointsMax?: number | undefined;
  /** Tests own another. `now` in ms since 1970, `monotonicMs` for durations. */
  clock?: { now(): number; monotonicMs(): number } | undefined;
}

/** What a record says besides its own words. */
export interface Context {
  conversationId?: string | undefined;
  turnId?: string | undefined;
  spanId?: string | undefined;
  parentSpanId?: string | undefined;
  attributes: Attributes;
}

export type Own = Pick<JournalRecord, 'kind' | 'level' | 'msg' | 'name' | 'durationMs' | 'status'>;

export class Pen {
  readonly extensionId: string;
  readonly stats: PenStats = { attributesConverted: 0, attributesDropped: 0, textsCut: 0, refused: 0 };
  readonly #sink: JournalTarget;
  readonly #clock: NonNullable<PenOptions['clock']>;
  readonly #bodyBytesMax: number;
  readonly #textCodePointsMax: number;
  /** Text is redacted before it is cut, whoever redacts the rest. */
  readonly #redacts: boolean;
  readonly #redact: (record: JsonObject) => JsonObject;

  constructor(options: PenOptions) {
    this.extensionId = options.extensionId;
    this.#sink = options.sink;
    this.#clock = options.clock ?? { now: Date.now, monotonicMs: () => performance.now() };
    this.#bodyBytesMax = options.bodyBytesMax ?? bodyBytesMax;
    this.#textCodePointsMax = options.textCodePointsMax ?? textCodePointsMax;
    this.#redacts = options.sink.redacts !== false;
    this.#redact = options.sink.redacts === undefined ? redactorOf(journal) : (record) => record;
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs();
  }

  /** Only what bindings may bind is taken over: an extensionId among them is ignored. */
  context(outer: Partial<Context>, bindings: Bindings): Context {
    const { conversationId, turnId, attributes } = bindings ?? {};
    return {
      conversationId: conversationId ?? outer.conversationId,
      turnId: turnId ?? outer.turnId,
      spanId: outer.spanId,
      parentSpanId: outer.parentSpanId,
      attributes: { ...outer.attributes, ...(attributes === undefined ? {} : this.flat(attributes)) },
    };
  }

  flat(attributes: AttributesInput): Attributes {
    return flatAttributes(attributes, this.stats, this.#redacts);
  }

  /** Writes one record; its fields are in wire order and absent ones are left out. */
  write(context: Context, own: Own, attributes: AttributesInput | undefined, extras: LogExtras | undefined): void {
    if (this.#sink.enabled === false) return;
    try {
      const sizes: Attributes = {};
      const all = { ...context.attributes, ...(attributes === undefined ? {} : this.flat(attributes)) };
      const record: JsonObject = { kind: own.kind, extensionId: this.extensionId, timestamp: this.#clock.now() };
      put(record, 'conversationId', context.conversationId);
      put(record, 'turnId', context.turnId);
      put(record, 'spanId', context.spanId);
      put(record, 'parentSpanId', context.parentSpanId);
      put(record, 'level', own.level);
      if (own.msg !== undefined) put(record, 'msg', this.#capped('msg', own.msg, sizes));
      put(record, 'name', own.name);
      put(record, 'durationMs', own.durationMs);
      put(record, 'status', own.status);
      const capped = this.#cappedAttributes(all, sizes);
      const body = typeof extras?.body === 'string' ? this.#cappedBody(extras.body, sizes) : undefined;
      const shown = { ...capped, ...sizes };
      if (Object.keys(shown).length > 0) record.attributes = shown;
      if (extras?.links?.length) record.links = extras.links as unknown as JsonObject[];
      put(record, 'body', body);
      if (!this.#sink.append(this.#redact(record))) this.stats.refused += 1;
    } catch {
      this.stats.refused += 1;
    }
  }

  #cappedAttributes(attributes: Attributes, sizes: Attributes): Attributes {
    const capped: Attributes = { ...attributes };
    for (const [name, value] of Object.entries(attributes))
      if (typeof value === 'string') capped[name] = this.#capped(name, value, sizes);
    return capped;
  }

  #capped(name: string, text: string, sizes: Attributes): string {
    if (text.length <= this.#textCodePointsMax) return text;
    const whole = cutCodePoints(text, this.#textCodePointsMax);
    if (!whole.cut) return text;
    this.stats.textsCut += 1;
    sizes[`${name}CodePoints`] = whole.size;
    return this.#redacts ? cutCodePoints(redactText(text), this.#textCodePointsMax).text : whole.text;
  }

  #cappedBody(text: string, sizes: Attributes): string {
    const whole = cutBytes(text, this.#bodyBytesMax);
    if (!whole.cut) return text;
    this.stats.textsCut += 1;
    sizes.bodyBytes = whole.size;
    return this.#redacts ? cutBytes(redactText(text), this.#bodyBytesMax).text : whole.text;
  }
}

function put(record: JsonObject, name: string, value: string | number | undefined): void {
  if (value !== undefined) record[name] = value;
}

/** Words for whatever was passed where text belongs. */
export function wordsOf(value: unknown): string {
  try {
    return typeof value === 'string' ? value : reasonOf(value);
  } catch {
    return 'a value that cannot be put into words';
  }
}
