"""Sees a direct call: main itself calls a task's function, from a line that is known to do so."""

import dis


class Tracer:
    """A global trace function. It follows the functions that such a line calls, and no others."""

    def __init__(self, seen):
        self.seen = seen
        # Of map nodes, which are a call for each item: the results so far.
        self.items = {}

    def __call__(self, frame, event, _):
        if event != "call" or frame.f_code.co_filename != self.seen.text:
            return None
        caller = frame.f_back
        # A comprehension, a lambda and a class body have frames of their own, and are no functions
        # of tasks.
        if caller is None or frame.f_code.co_name.startswith("<"):
            return None
        if not self.seen.by_main(caller):
            return None
        tasks = self.seen.does(caller, "call")
        if not tasks:
            return None
        # It is asked how functions end, not line by line, which would make them slow.
        frame.f_trace_lines = False
        return Followed(self, tasks[0])

    def ended(self, task, outcome, value):
        name, count = self.seen.tasks[task]
        if count is not None and "returned" in outcome:
            items = self.items.setdefault(task, [])
            items.append(value)
            if len(items) < count:
                return
            outcome = self.seen.returned(items)
        self.items.pop(task, None)
        self.seen.moment(called=[name, outcome])


class Followed:
    """The trace function of one call."""

    def __init__(self, tracer, task):
        self.tracer = tracer
        self.task = task
        self.error = None

    def __call__(self, frame, event, argument):
        if event == "exception":
            self.error = argument[1]
        elif event == "return":
            # Leaving by an exception is told as returning None; the instruction knows better.
            instruction = dis.opname[frame.f_code.co_code[frame.f_lasti]]
            if instruction.startswith("RETURN"):
                outcome = self.tracer.seen.returned(argument)
            else:
                outcome = self.tracer.seen.raised(self.error)
            self.tracer.ended(self.task, outcome, argument)
        return self
