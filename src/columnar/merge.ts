// A log that is indexed every few minutes would end in a thousand small pieces. Neighbours become one when together they are small, or when the later one has
// grown up to the earlier: so a log of n pieces' worth has about log2(n), and every byte was merged about as often. No line is parsed again.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { addDuplicate, type DuplicateKeys } from '../catalog/salvaged-copy.ts';
import type { SourceFile } from '../catalog/sources.ts';
import { type Engine, quotePath } from '../engine/engine.ts';
import { indexPieceBytesMax } from '../limits.ts';
import type { BuildOptions } from './build.ts';
import { hashOf, sampleOf } from './fingerprint.ts';
import { type Manifest, type ManifestPiece, writeManifest } from './manifest.ts';
import { censusFrom, copyStatement, draftOf, keep, pieceName, retire, rowGroupRows } from './piece-file.ts';

/** Merges small pieces at the end of a log. What is replaced stays for limits.indexGraceMs: another process may be reading it. */
export async function mergePieces(
  engine: Engine,
  file: SourceFile,
  manifest: Manifest,
  folder: string,
  options: BuildOptions,
): Promise<Manifest> {
  const { pieces } = manifest;
  const first = firstToMerge(pieces);
  if (first === null || file.compression !== '') return manifest;
  const merged = await merge(engine, file, pieces.slice(first), folder, options);
  if (merged === null) return manifest;
  const next = { ...manifest, pieces: [...pieces.slice(0, first), merged] };
  writeManifest(folder, next);
  retire(folder, pieces.slice(first));
  return next;
}

/** From which piece on all are to be one; null when none are. */
export function firstToMerge(pieces: readonly { from: number; to: number }[]): number | null {
  const end = pieces.at(-1)?.to ?? 0;
  let first: number | null = null;
  for (let at = pieces.length - 2; at >= 0; at--) {
    const { from, to } = pieces[at]!;
    if (end - from > indexPieceBytesMax || to - from >= 2 * (end - to)) break;
    first = at;
  }
  return first;
}

/** Null when the log no longer holds what the pieces were made of. */
async function merge(
  engine: Engine,
  file: SourceFile,
  pieces: readonly ManifestPiece[],
  folder: string,
  { signal }: BuildOptions,
): Promise<ManifestPiece | null> {
  const range = { from: pieces[0]!.from, to: pieces.at(-1)!.to };
  for (const piece of pieces) if ((await hashOf(file.path, piece, () => {}, signal)) !== piece.sha256) return null;
  const [sha256, sample] = [await hashOf(file.path, range, () => {}, signal), sampleOf(file.path, range)];
  if (sha256 === null || sample === null) return null;
  const lines = pieces.reduce((sum, piece) => sum + piece.lines, 0);
  const name = pieceName(range);
  const draft = draftOf(folder, name);
  try {
    const list = pieces.map((piece) => quotePath(join(folder, piece.name))).join(', ');
    await engine.exec(
      copyStatement(`FROM read_parquet([${list}])`, draft, rowGroupRows((range.to - range.from) / lines)),
    );
    const duplicates: DuplicateKeys = new Map();
    for (const piece of pieces) for (const duplicate of piece.duplicates) addDuplicate(duplicates, duplicate);
    return {
      ...keep(draft, folder, name),
      ...range,
      lines,
      rows: pieces.reduce((sum, piece) => sum + piece.rows, 0),
      sha256,
      sample,
      census: censusFrom(pieces.flatMap((piece) => piece.census)),
      damaged: pieces.flatMap((piece) => piece.damaged),
      duplicates: [...duplicates.values()],
      gluedLines: pieces.reduce((sum, piece) => sum + piece.gluedLines, 0),
      tornBytes: 0,
    };
  } finally {
    rmSync(draft, { force: true });
  }
}
