# For gdb -x: a line of JSON for each thread, with the frames that are on its stack. Inlined ones share another one's.
import json

import gdb

MAX_FRAMES = 127

gdb.execute("set backtrace past-main on")
gdb.execute("set debuginfod enabled off")
for thread in gdb.selected_inferior().threads():
    thread.switch()
    frame = gdb.newest_frame()
    frames = []
    while frame is not None and len(frames) < MAX_FRAMES:
        if frame.type() not in (gdb.INLINE_FRAME, gdb.TAILCALL_FRAME):
            frames.append(f"{frame.pc():x}")
        frame = frame.older()
    print("\nthread " + json.dumps({"tid": thread.ptid[1], "frames": frames}))
