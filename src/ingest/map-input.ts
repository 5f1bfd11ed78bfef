// The new lines of one source on their way through a mapping: staged in a file DuckDB reads, gone when the source is done.
import { closeSync, openSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { writeAll } from '../ndjson/own-file.ts';
import type { Family } from '../schema/family.ts';
import { mintId } from '../schema/ids.ts';
import type { Mapped, Mapping } from './map.ts';
import type { Store } from './store.ts';

export class MapInput {
  /** Lines added. */
  lines = 0;
  readonly #mapping: Mapping;
  readonly #path: string;
  #descriptor: number | null = null;
  #made = false;
  #texts: string[] = [];

  constructor(store: Store, mapping: Mapping) {
    this.#mapping = mapping;
    this.#path = join(store.staging, `${mintId()}.input`);
  }

  get family(): Family {
    return this.#mapping.family;
  }

  /** @param line its number in the source. @param json one object's bytes. */
  add(line: number, json: Buffer): void {
    this.lines += 1;
    // As text: DuckDB sees exactly what was written.
    this.#texts.push(`{"line":${line},"json":${JSON.stringify(json.toString())}}\n`);
  }

  flush(): void {
    if (this.#texts.length === 0) return;
    if (this.#descriptor === null) {
      this.#descriptor = openSync(this.#path, 'wx', 0o600);
      this.#made = true;
    }
    writeAll(this.#descriptor, Buffer.from(this.#texts.join('')));
    this.#texts = [];
  }

  async run(onRow: (row: Mapped) => void): Promise<void> {
    this.flush();
    this.#close();
    await this.#mapping.run(this.#path, onRow);
  }

  /** Removes the file. */
  discard(): void {
    this.#close();
    if (this.#made) unlinkSync(this.#path);
    this.#made = false;
  }

  #close(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
  }
}
