"""What was seen of one run: futures by name, main's sights in order, lines of callbacks, the end.

Its JSON is `Observed` of `shared/src/view/normal_form/observed.rs`. Names are made as
`shared/src/view/names.rs` makes them.
"""

import itertools
import json
import os
import sys
import threading

from direct import Tracer

STATES = ("PENDING", "RUNNING", "CANCELLED", "CANCELLED_AND_NOTIFIED", "FINISHED")


class Call:
    """A call that went to the pool: `name` may depend on the call that made it."""

    def __init__(self, name, future=None, parent=None, number=0):
        self._name = name
        self.future = future
        self.parent = parent
        self.number = number
        # Of a result of Pool's, which has no states.
        self.outcome = None
        # Whether its value is a list of items.
        self.is_list = False

    @property
    def name(self):
        if self._name is not None:
            return self._name
        parent = "main" if self.parent is None else getattr(self.parent, "observed", self.parent).name
        return f"{parent}/{self.number}"


class Sets:
    """What a `wait` found done, and what not."""

    def __init__(self, done, not_done):
        self.done = done
        self.not_done = not_done


class Record:
    """Everything that was seen. Its methods are called by `patches.py` only."""

    def __init__(self, text, lines, scenario, out):
        with open(lines, encoding="utf-8") as file:
            self.lines = [line.get("does", []) for line in json.load(file)]
        with open(scenario, encoding="utf-8") as file:
            scenario = json.load(file)
        program = scenario["program"]
        self.mode_chunksize = program.get("chunksize") or 1
        # There Pool's calls come back with their names.
        self.names_values = program.get("mode") == "as_completed"
        self.tasks = [(task["id"], count_items(task)) for task in scenario["tasks"]]
        self.text = text
        self.out = out
        self.scale = float(os.environ.get("FUTURESCOPE_SCALE", "1"))
        self.home = os.getpid()
        self.calls = []
        self.main = []
        self.callback_lines = []
        self.broken = False
        self.end = "unfinished"
        self.why_disturbed = None
        self.why_not = None
        self.iterators = itertools.count()
        self.executions = {}
        self.local = threading.local()
        self.callbacks_in_main = 0
        self.written = False
        self.writing = threading.Lock()

    # Who calls

    def by_text(self, frame):
        """Whether a call comes from a line of the text, in the process that it runs in."""
        return frame.f_code.co_filename == self.text and os.getpid() == self.home

    def by_main(self, frame):
        """Whether it is main's own code, and no callback that happens to run in its thread."""
        return (
            self.by_text(frame)
            and threading.current_thread() is threading.main_thread()
            and self.callbacks_in_main == 0
        )

    def does(self, frame, what):
        """What the line that calls does, of this kind: a list of its values."""
        does = self.lines[frame.f_lineno - 1] if frame.f_lineno <= len(self.lines) else []
        found = []
        for one in does:
            if one == what:
                found.append(None)
            elif isinstance(one, dict) and what in one:
                found.append(one[what])
        return found

    def scaled(self, timeout):
        return None if timeout is None else timeout * self.scale

    # What main sees

    def sight(self, **sight):
        self.main.append(sight)

    def moment(self, **moment):
        self.main.append({"moment": moment})

    def asked(self, call, method, answer):
        if call is None:
            self.cannot_tell("a future that nobody saw being submitted was asked something")
            return
        self.main.append(("asked", call, method, answer))

    def refused(self, error):
        self.moment(refused=self.words(error))

    # Names

    def submitted(self, frame, future):
        """The call that a line of the text submits."""
        tasks = self.does(frame, "submit")
        if not tasks:
            return self.submitted_inside(future)
        line = frame.f_lineno
        nth = self.executions.get(line, 0)
        self.executions[line] = nth + 1
        # Several tasks on one line are submitted in turn; so are the chunks of a map node.
        chunks = [chunk for task in tasks for chunk in self.chunks([task], self.mode_chunksize)]
        if not chunks:
            self.cannot_tell(f"line {line} submits a task without items")
            return None
        return self.add(Call(chunks[nth % len(chunks)], future))

    def submitted_inside(self, future):
        """The call that the body of a task submits."""
        current = getattr(self.local, "current", None)
        if current is None:
            parent, number = None, self.executions.get("main", 0)
            self.executions["main"] = number + 1
        else:
            parent, number = current
            current[1] = number + 1
        return self.add(Call(None, future, parent, number))

    def add(self, call):
        self.calls.append(call)
        return call

    def chunks(self, tasks, size):
        """The names of the chunks of these tasks' items."""
        parts = ((task, item) for task in tasks for item in self.items(task))
        while chunk := list(itertools.islice(parts, size)):
            yield self.chunk_name(chunk)

    def items(self, task):
        name, count = self.tasks[task]
        if count is None:
            return (0,)
        return range(count) if count != float("inf") else itertools.count()

    def chunk_name(self, chunk):
        (first_task, first), (last_task, last) = chunk[0], chunk[-1]
        if first_task == last_task and len(chunk) > 1:
            return f"{self.tasks[first_task][0]}[{first}…{last}]"
        names = [self.item_name(*chunk[0])]
        if len(chunk) > 1:
            names.append(self.item_name(*chunk[-1]))
        return "…".join(names)

    def item_name(self, task, item):
        name, count = self.tasks[task]
        return name if count is None else f"{name}[{item}]"

    # Words

    def words(self, error):
        """The last line of a traceback, without the module's name."""
        kind, text = type(error).__name__, str(error)
        if kind == "TimeoutError" and type(error).__module__.startswith("multiprocessing"):
            kind = "multiprocessing.TimeoutError"
        return f"{kind}: {text}" if text else kind

    def returned(self, value):
        return {"returned": repr(value)}

    def raised(self, error):
        return {"raised": self.words(error)}

    # The end

    def disturb(self, why):
        self.why_disturbed = self.why_disturbed or why

    def disturbance(self):
        """Why this run proves nothing: what this process saw, or one of its children."""
        path = os.environ.get("FUTURESCOPE_DISTURBED", "")
        if self.why_disturbed is None and os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                return file.readline().strip()
        return self.why_disturbed

    def cannot_tell(self, why):
        self.why_not = self.why_not or why

    def begin(self, settrace):
        """Main's code begins. Direct calls are seen by tracing, if the text has any."""
        if any("call" in one for does in self.lines for one in does if isinstance(one, dict)):
            settrace(Tracer(self))
            os.register_at_fork(after_in_child=lambda: settrace(None))

    def hangs(self):
        """The time is over; called in a thread of its own."""
        self.end = {"cut_off": "hang"}
        self.leave(0)

    def leave(self, code):
        """Ends this process at once."""
        self.write()
        self.really_exit(code)

    def really_exit(self, code):
        raise NotImplementedError("patches.py puts the real os._exit here")

    def write(self):
        if os.getpid() != self.home:
            return
        with self.writing:
            if self.written:
                return
            self.written = True
            seen = {
                "version": sys.version,
                "cannot_tell": self.why_not,
                "disturbed": self.disturbance(),
                "observed": {
                    "futures": [future_form(call, self) for call in list(self.calls)],
                    "main": [self.in_words(sight) for sight in list(self.main)],
                    "callbacks": list(self.callback_lines),
                    "broken": self.broken,
                    "end": self.end,
                },
            }
            with open(self.out + ".part", "w", encoding="utf-8") as file:
                json.dump(seen, file, ensure_ascii=False)
            os.rename(self.out + ".part", self.out)

    def in_words(self, sight):
        """Names may only be known at the end."""
        if isinstance(sight, Sets):
            return waited(sight.done, sight.not_done)
        if isinstance(sight, dict):
            return sight
        kind, call, *rest = sight
        if kind == "asked":
            method, answer = rest
            return {"moment": {"asked": [call.name, method, answer]}}
        if kind == "timed_out":
            return {"moment": {"timed_out": call.name}}
        if kind == "completed":
            iterator, tied = rest
            return {"completed": {"iterator": iterator, "name": call.name, "tied": tied}}
        if kind == "mapped":
            return {"moment": {"mapped": [call.name, rest[0]]}}
        if kind == "waited":
            return waited(call, rest[0])
        raise AssertionError(kind)


def waited(*sets):
    done, not_done = (sorted(call.name for call in calls) for calls in sets)
    return {"moment": {"waited": {"done": done, "not_done": not_done}}}


def future_form(call, seen):
    future = call.future
    if future is None:
        state = "PENDING" if call.outcome is None else "FINISHED"
        outcome = call.outcome
    else:
        state = future._state
        outcome = None
        if state == "FINISHED":
            error = future._exception
            # The library's own list: `map` takes its values out of it.
            value = getattr(future, "observed_result", None)
            # A chunk of one comes as a list of one.
            if error is None and call.is_list and len(value) == 1:
                value = value[0]
            outcome = seen.returned(value) if error is None else seen.raised(error)
    assert state in STATES
    form = {"name": call.name, "state": state}
    if outcome is not None:
        form["outcome"] = outcome
    return form


def count_items(task):
    """How many items a map node has; None for a task that is none."""
    counts = []
    for value in task.get("args", {}).values():
        if isinstance(value, dict) and "each" in value:
            each = value["each"]
            if isinstance(each, list):
                counts.append(len(each))
            elif "range" in each:
                counts.append(len(range(*each["range"])))
            else:
                counts.append(float("inf"))
    return min(counts, default=None)
