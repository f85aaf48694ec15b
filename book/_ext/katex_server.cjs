// One JSON request a line on stdin, one JSON answer a line on stdout.
// Ends when stdin does, so that it never outlives the build that started it.
const katex = require("katex");

const lines = require("readline").createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const { latex, display } = JSON.parse(line);
  let answer;
  try {
    // Not strict: Greek letters and dashes in \text are the book's own.
    const html = katex.renderToString(latex, { displayMode: display, strict: false });
    answer = { html };
  } catch (error) {
    answer = { error: error.message };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
});
