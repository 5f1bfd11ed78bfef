// The verbs that follow a trace or a log, in one piece (see reading.ts).
export { runShow } from './show.ts';
export { runTail } from './tail.ts';
export { runWatch } from './watch.ts';
