// What one may edit in the table: all of it, or only the cells of one's department's columns.

const { edits } = document.body.dataset;
const departments = new Set((edits ?? "").split(" ").filter(Boolean));

/** Whether one edits the whole sheet, its rows too. */
export const editsAll = edits === undefined;

const headOf = (key) => document.querySelector(`table.grid > thead th[data-key="${CSS.escape(key)}"]`);

/** Whether a column holds plain texts of the rows. */
export const isFact = (key) => Boolean(headOf(key)?.hasAttribute("data-fact"));

/** Whether one may edit the cells of a column. */
export const mayEdit = (key) => editsAll || departments.has(headOf(key)?.dataset.dept);
