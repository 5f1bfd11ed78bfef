// Colour as a set of functions, so that everything else in this folder is written once: plain output is the same text through functions that do nothing.
// Whether colour is wanted (NO_COLOR, CI, TERM, no terminal) is decided by the command, never here.
import { Chalk } from 'chalk';

type Stroke = (text: string) => string;

export interface Paint {
  bold: Stroke;
  dim: Stroke;
  red: Stroke;
  green: Stroke;
  yellow: Stroke;
  cyan: Stroke;
}

/** The sixteen basic colours, which every terminal with colour has and every theme keeps readable; or none. */
export function paintOf(color: boolean): Paint {
  return color ? coloured : plain;
}

const chalk = new Chalk({ level: 1 });
const coloured: Paint = {
  bold: chalk.bold,
  dim: chalk.dim,
  red: chalk.red.bold,
  green: chalk.green.bold,
  yellow: chalk.yellow.bold,
  cyan: chalk.cyan,
};

const same: Stroke = (text) => text;
const plain: Paint = { bold: same, dim: same, red: same, green: same, yellow: same, cyan: same };
