// Where the index of a log lies: beside it in `.lakeobs/columnar` when that is its lake, else in the user's cache. One folder a log, called by device and inode,
// so that a rename keeps its index. Reading needs no right to write.
import { accessSync, constants, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { SourceFile, Stamp } from '../catalog/sources.ts';

/** A folder that holds indexes of many logs. */
export interface Shelf {
  folder: string;
  /** The names in it, read once. */
  names: ReadonlySet<string>;
}

export class Shelves {
  readonly #cache: string;
  readonly #own: boolean;
  readonly #shelves = new Map<string, Shelf>();

  /** `cacheFolder`: `$XDG_CACHE_HOME/lakeobs` or what stands for it. `own`: it is a folder of this process alone, which holds more than any other and is the only one to
   * be written. */
  constructor(cacheFolder: string, own = false) {
    this.#cache = shelfIn(cacheFolder);
    this.#own = own;
  }

  /** Folders in which an index of the file lies, or may lie: those of its inode on its device first, then of its inode alone (a device may be numbered anew when a
   * machine or a container starts). */
  foldersOf(file: SourceFile): string[] {
    const { dev, ino } = file.stamp;
    const shelves = this.#own ? [this.#cache, shelfBeside(file)] : [shelfBeside(file), this.#cache];
    return shelves.flatMap((folder) => {
      const { names } = this.shelf(folder);
      const own = folderName(file.stamp);
      if (names.has(own)) return [join(folder, own)];
      const sameInode = [...names].filter((name) => name.endsWith(`-${ino}`) && name !== `${dev}-${ino}`);
      return sameInode.map((name) => join(folder, name));
    });
  }

  /** The folder to index the file in, made if need be; null when none can be written. */
  folderFor(file: SourceFile): string | null {
    const beside = shelfBeside(file);
    const isLake = !this.#own && (file.origin === 'lake' || existsSync(dirname(beside)));
    for (const shelf of isLake ? [beside, this.#cache] : [this.#cache]) {
      const folder = join(shelf, folderName(file.stamp));
      try {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        accessSync(folder, constants.W_OK | constants.X_OK);
        this.#shelves.delete(shelf);
        return folder;
      } catch {
        // No right to write there, or no space: the next place.
      }
    }
    return null;
  }

  /** The shelves that the indexes of some files lie on, and those of lakes that may have no files any more; the cache last. */
  shelvesOf(files: readonly SourceFile[], lakes: readonly string[]): Shelf[] {
    const folders = new Set([...files.map(shelfBeside), ...lakes.map(shelfOf), this.#cache]);
    return [...folders].map((folder) => this.shelf(folder)).filter(({ names }) => names.size > 0);
  }

  shelf(folder: string): Shelf {
    let shelf = this.#shelves.get(folder);
    if (shelf === undefined) {
      shelf = { folder, names: new Set(namesIn(folder)) };
      this.#shelves.set(folder, shelf);
    }
    return shelf;
  }
}

/** Where the indexes of a folder's logs lie, when it is a lake. */
export function shelfBeside(file: SourceFile): string {
  return shelfOf(dirname(file.path));
}

function shelfOf(lake: string): string {
  return join(lake, '.lakeobs', 'columnar');
}

/** Where all others lie. */
export function shelfIn(cacheFolder: string): string {
  return join(cacheFolder, 'columnar');
}

/** What the folder of a log is called on its shelf. */
export function folderName({ dev, ino }: Stamp): string {
  return `${dev}-${ino}`;
}

/** None when the folder cannot be read. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
