// A terminal as a page that is drawn again in place: its own screen, no cursor, no wrapping; and whatever ends the process, the terminal is as it was before.
import { writeSync } from 'node:fs';

export interface Screen {
  columns(): number;
  /** Draws the page from the top; lines beyond the last row are cut, and what was below is cleared. */
  draw(lines: readonly string[]): void;
  close(): void;
}

export interface ScreenEvents {
  onResize(): void;
  /** `q`. Ctrl-C arrives as the signal it is elsewhere. */
  onQuit(): void;
}

const enter = '\x1b[?1049h\x1b[?25l\x1b[?7l';
const leave = '\x1b[?7h\x1b[?25h\x1b[?1049l';

/** Takes the terminal. */
export function openScreen({ onResize, onQuit }: ScreenEvents): Screen {
  const { stdout, stdin } = process;
  let open = true;
  const restore = () => {
    if (!open) return;
    open = false;
    try {
      writeSync(stdout.fd, leave);
      if (stdin.isTTY) stdin.setRawMode(false);
    } catch {
      // The terminal is gone: nothing is left to restore.
    }
  };
  const onKey = (key: Buffer) => {
    for (const byte of key)
      if (byte === 3) process.kill(process.pid, 'SIGINT');
      else if (byte === 113 || byte === 81) onQuit();
  };
  // Also where a signal ends the process (cli.ts).
  process.on('exit', restore);
  stdout.on('resize', onResize);
  if (stdin.isTTY) {
    stdin.setRawMode(true);
    stdin.on('data', onKey);
  }
  stdout.write(enter);
  // What is left of a longer page: everything below the last line.
  const below = (shown: readonly string[]) => (shown.length < stdout.rows ? '\r\n\x1b[J' : '');
  return {
    columns: () => stdout.columns,
    draw: (lines) => {
      const shown = lines.slice(0, stdout.rows);
      // Begin and end of one frame, for terminals that know of frames. A line is cleared in front of its text: behind a full line the cursor stands on its last character.
      stdout.write(`\x1b[?2026h\x1b[H${shown.map((line) => `\x1b[K${line}`).join('\r\n')}${below(shown)}\x1b[?2026l`);
    },
    close: () => {
      restore();
      process.off('exit', restore);
      stdout.off('resize', onResize);
      if (stdin.isTTY) {
        stdin.off('data', onKey);
        stdin.pause();
      }
    },
  };
}
