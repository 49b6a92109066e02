"use strict";
const run = JSON.parse(document.getElementById("run").textContent);
const svg = document.querySelector("svg.futurescope");
const nodes = run.scenario.tasks.map((task) => svg.querySelector(`.node[data-task="${CSS.escape(task.id)}"]`));
const [cursor, later] = [svg.querySelector(".cursor"), svg.querySelector(".later")];
const [slider, output, play] = ["at", "now", "play"].map((id) => document.getElementById(id));

const story = document.getElementById("story");
const rows = run.lines.map(([at, changes, time, text], line) => {
  const row = document.createElement("button");
  row.type = "button";
  const when = document.createElement("time");
  when.textContent = time;
  const words = document.createElement("span");
  words.textContent = text;
  row.append(when, words);
  row.addEventListener("click", () => (stop(), show(at, changes, line)));
  const item = document.createElement("li");
  item.append(row);
  story.append(item);
  return row;
});

/** How many of the changes, or of the lines, are not later than this. */
function until(all, at) {
  let [low, high] = [0, all.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (all[middle][0] <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

let shown = { at: run.end, line: rows.length - 1 };

/** Shows the run at a time, with so many of its changes done, at a line of the story. */
function show(at, changes = until(run.changes, at), line = until(run.lines, at) - 1) {
  const looks = run.first.slice();
  for (const [, task, look] of run.changes.slice(0, changes)) looks[task] = look;
  looks.forEach(([name, word, text], task) => {
    const node = nodes[task];
    if (!node) return;
    node.setAttribute("class", `node ${name}`);
    node.querySelector(".glyph").setAttribute("href", `#g-${name.slice(3)}`);
    node.querySelector(".state").textContent = word;
    node.querySelector(".value").textContent = text;
  });
  const x = run.left + at * run.pxPerSecond;
  cursor.setAttribute("x1", x);
  cursor.setAttribute("x2", x);
  later.setAttribute("x", x);
  later.setAttribute("width", at < run.end ? Math.max(run.right - x, 0) : 0);
  slider.value = run.end > 0 ? (at / run.end) * 1000 : 1000;
  output.textContent = `${(at / run.scale).toFixed(2)} s`;
  slider.setAttribute("aria-valuetext", output.textContent);
  rows.forEach((row, place) => {
    row.classList.toggle("past", place <= line);
    if (place === line) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  });
  shown = { at, line };
}

function step(by) {
  const next = Math.min(Math.max(shown.line + by, 0), run.lines.length - 1);
  const line = run.lines[next];
  if (line) show(line[0], line[1], next);
}

let playing = 0;
function stop() {
  cancelAnimationFrame(playing);
  playing = 0;
  play.textContent = "Play";
}

play.addEventListener("click", () => {
  if (playing) return stop();
  play.textContent = "Hold";
  const from = shown.at >= run.end ? 0 : shown.at;
  const began = performance.now();
  const frame = (now) => {
    const at = Math.min(from + (now - began) / 1000, run.end);
    show(at);
    if (at >= run.end) return stop();
    playing = requestAnimationFrame(frame);
  };
  playing = requestAnimationFrame(frame);
});
slider.addEventListener("input", () => {
  stop();
  show((slider.value / 1000) * run.end);
});
document.getElementById("back").addEventListener("click", () => (stop(), step(-1)));
document.getElementById("forth").addEventListener("click", () => (stop(), step(1)));
show(run.end);
