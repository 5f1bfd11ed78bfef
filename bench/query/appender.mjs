// A writer at work: one record every 20 ms into the active file of a lake, until it is ended; says a dot for each.   node bench/query/appender.mjs FOLDER
import { appendTo } from './lake.mjs';

const folder = process.argv[2];
setInterval(() => {
  appendTo(folder, 1, 9, new Date());
  process.stdout.write('.');
}, 20);
