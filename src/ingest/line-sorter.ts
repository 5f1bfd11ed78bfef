// Where the lines of one source go: to the log of the family each names itself, to a mapping, or into the quarantine.
import { rejectedLinesShown } from '../limits.ts';
import type { Rejected } from '../ndjson/quarantine.ts';
import type { FamilyName } from '../schema/family.ts';
import { recognise } from '../schema/recognise.ts';
import type { Line, LineSink, LongLine } from './intake.ts';
import type { MapInput } from './map-input.ts';
import { type LinePart, lineParts, wholeObject } from './sort-line.ts';
import type { IngestSummary, NoteKind } from './summary.ts';
import type { Transaction } from './transaction.ts';

/** What sorting needs of the run it is part of. */
export interface SortDesk {
  summary: IngestSummary;
  transaction(): Transaction;
  /** The transaction for a line about to be added: a new one when the one under way has enough. */
  transactionFor(bytes: number): Transaction;
  note(kind: NoteKind, text: string): void;
}

export interface SorterOptions {
  /** The source's path. */
  file: string;
  /** Take only lines of this family. */
  family?: FamilyName | undefined;
  /** Lines go to a mapping instead of a log. */
  input: MapInput | null;
}

export class LineSorter implements LineSink {
  readonly #desk: SortDesk;
  readonly #options: SorterOptions;
  #rejected = 0;

  constructor(desk: SortDesk, options: SorterOptions) {
    this.#desk = desk;
    this.#options = options;
  }

  line(line: Line): void {
    this.#desk.summary.lines += 1;
    // Before any part of it is added: a line is committed whole.
    const transaction = this.#desk.transactionFor(line.end - line.start + 1);
    const bytes = line.buffer.subarray(line.start, line.end);
    const record = wholeObject(bytes);
    if (record !== null)
      this.#take(transaction, line, { kind: 'object', start: 0, end: bytes.length, record, recovered: false });
    else for (const part of lineParts(bytes)) this.#take(transaction, line, part);
  }

  longLine(number: number, byteOffset: number): LongLine {
    const rejected = { line: number, byteOffset, reason: 'line-too-long' };
    const long = this.#desk.transactionFor(0).rejectLong({ file: this.#options.file, ...rejected });
    return {
      push: (bytes) => long.push(bytes),
      undo: () => long.undo(),
      end: () => {
        long.end();
        this.#desk.summary.lines += 1;
        this.#countRejected(rejected);
      },
    };
  }

  /** Everything was read: runs the mapping, says how much was rejected. */
  async end(): Promise<void> {
    const { file, input } = this.#options;
    if (input !== null && input.lines > 0) await this.#map(input);
    if (this.#rejected > rejectedLinesShown)
      this.#desk.note('rejected', `${file}: ${this.#rejected} rejected in all; the quarantine has every byte of them`);
  }

  #take(transaction: Transaction, line: Line, part: LinePart): void {
    if (part.kind === 'bad') {
      this.#refuse(line, part, part.reason);
      return;
    }
    const { summary } = this.#desk;
    const { family: wanted, input } = this.#options;
    const from = line.start + part.start;
    const to = line.start + part.end;
    if (input !== null) {
      input.add(line.number, line.buffer.subarray(from, to));
      if (part.recovered) summary.recovered += 1;
      return;
    }
    const { family, known } = recognise(part.record);
    if (family === null) {
      summary.unrecognised += 1;
      this.#refuse(line, part, 'unrecognised');
      return;
    }
    if (wanted !== undefined && family !== wanted) {
      this.#refuse(line, part, `family ${family}, not ${wanted}`);
      return;
    }
    transaction.append(family, line.buffer, from, to, line.terminated && to === line.end);
    summary.written[family] = (summary.written[family] ?? 0) + 1;
    if (!known) summary.unknown_version += 1;
    if (part.recovered) summary.recovered += 1;
  }

  #refuse(line: Line, { start, end }: LinePart, reason: string): void {
    const bytes = line.buffer.subarray(line.start + start, line.start + end);
    this.#reject({ line: line.number, byteOffset: line.byteOffset + start, reason }, bytes);
  }

  async #map(input: MapInput): Promise<void> {
    const { summary } = this.#desk;
    const { name } = input.family;
    let rows = 0;
    await input.run((row) => {
      rows += 1;
      const bytes = Buffer.from(row.text);
      if (!row.ok) {
        this.#reject({ line: row.line, byteOffset: null, reason: row.reason }, bytes);
        return;
      }
      this.#desk.transaction().append(name, bytes, 0, bytes.length, false);
      summary.written[name] = (summary.written[name] ?? 0) + 1;
    });
    if (rows !== input.lines)
      this.#desk.note('info', `${this.#options.file}: the mapping made ${rows} rows of ${input.lines} lines`);
  }

  #reject(rejected: Omit<Rejected, 'file'>, bytes: Buffer): void {
    this.#desk.transaction().reject({ file: this.#options.file, ...rejected }, bytes);
    this.#countRejected(rejected);
  }

  #countRejected({ line, byteOffset, reason }: Omit<Rejected, 'file'>): void {
    this.#desk.summary.quarantined += 1;
    this.#rejected += 1;
    if (this.#rejected > rejectedLinesShown) return;
    const place = `${this.#options.file}${line === null ? '' : `:${line}`}`;
    this.#desk.note('rejected', `${place}: rejected: ${reason}${byteOffset === null ? '' : ` (byte ${byteOffset})`}`);
  }
}
