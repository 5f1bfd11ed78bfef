// What every verb knows, and how commander collects a repeatable option. Loads nothing, because the program itself needs it.

export interface GlobalOptions {
  lake?: string;
  config?: string;
  /** False after --no-color. */
  color: boolean;
  quiet?: boolean;
}

/** Collects a repeatable option. */
export function collect(value: string, held: string[] = []): string[] {
  return [...held, value];
}
