// The known name nearest to a mistyped one, for every message that says "unknown …".
import { distance } from 'fastest-levenshtein';

/** Known names close enough to be meant, nearest first, at most three. */
export function nearNames(name: string, known: readonly string[]): string[] {
  const bound = Math.max(2, Math.floor(name.length / 3));
  const near = known
    .map((candidate) => ({
      candidate,
      far: candidate.includes(name) && name.length >= 3 ? 1 : distance(name.toLowerCase(), candidate.toLowerCase()),
    }))
    .filter(({ far }) => far <= bound)
    .sort((a, b) => a.far - b.far || (a.candidate < b.candidate ? -1 : 1));
  return near.slice(0, 3).map(({ candidate }) => candidate);
}

/** `Did you mean first-shot?`; when nothing is near, what is known, as far as that is a short list. */
export function didYouMean(name: string, known: readonly string[]): string {
  const near = nearNames(name, known);
  if (near.length > 0) return `Did you mean ${near.join(', ')}?`;
  return known.length === 0 || known.length > knownShownMax ? '' : `Known: ${known.join(', ')}.`;
}

/** More names than this are a list to ask for, not to print into a message. */
const knownShownMax = 14;
