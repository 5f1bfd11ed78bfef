/** The argument that makes lakeobs a child for SQL: child.ts says it, start.ts hears it. Nothing a person would type; in a file of its own, which costs a start nothing. */
export const childWord = '--child-for-sql';
