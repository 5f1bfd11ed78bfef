// What doctor says of the index: which logs it no longer fits, how much it does not hold yet, and what could be removed. None of it makes an answer wrong.
import { type Finding, found } from '../catalog/doctor.ts';
import type { Listing } from '../catalog/sources.ts';
import { indexHintBytesMin } from '../limits.ts';
import { readManifest } from './manifest.ts';
import { Shelves } from './shelves.ts';
import { leftoversOn } from './tidy.ts';
import { usablePieces } from './usable.ts';
import { staleWords } from './verify-index.ts';

/** `scope`: the words that make a suggested command look where this run looked. `now` in milliseconds. */
export function indexFindings(
  { files: listed, lakes }: Listing,
  { cacheFolder, scope, now }: { cacheFolder: string; scope: string; now: number },
): Finding[] {
  const files = listed.filter(({ stream }) => !stream);
  const shelves = new Shelves(cacheFolder);
  const findings: Finding[] = [];
  let missing = 0;
  for (const file of files) {
    let held = 0;
    for (const folder of shelves.foldersOf(file)) {
      const manifest = readManifest(folder);
      if (manifest === null || manifest.pieces.length === 0) continue;
      const pieces = usablePieces(manifest, folder, file);
      if (typeof pieces !== 'string') held = Math.max(held, pieces.at(-1)!.to);
      else
        findings.push(
          found('note', 'index', file.path, {
            message: `its index is of no use any more: ${staleWords[pieces]}`,
            next: `lakeobs index${scope}`,
          }),
        );
    }
    missing += file.stamp.size - held;
  }
  if (missing > indexHintBytesMin)
    findings.push(
      found('note', 'index', files[0]!.path, {
        count: files.length,
        message: `${Math.round(missing / 1024 / 1024)} MiB of these logs are not in the index: every query reads them whole`,
        next: `lakeobs index${scope}`,
      }),
    );
  for (const shelf of shelves.shelvesOf(files, lakes)) {
    const leftovers = leftoversOn(shelf, now);
    if (leftovers.length === 0) continue;
    const bytes = leftovers.reduce((sum, leftover) => sum + leftover.bytes, 0);
    findings.push(
      found('note', 'index', shelf.folder, {
        count: leftovers.length,
        message: `${Math.ceil(bytes / 1024)} KiB of the index are of no use: their logs are gone or they were replaced`,
        next: `lakeobs index --prune${scope}`,
      }),
    );
  }
  return findings;
}
