#!/usr/bin/env node
import('../dist/cli/main.js').catch((error) =>
  process.stderr.write(`lakeobs: cannot start: ${error.message}\n  try: npm run build\n`, () => process.exit(2)),
);
