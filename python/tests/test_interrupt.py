"""Ctrl-C and other signals while a native call blocks."""

from __future__ import annotations

import signal

import pytest
from children import interrupt_child, run_child

SOON = 5.0  # Seconds; the library looks several times a second.

BLOCKED = {
    "read_all": "session.execute(SILENT).read_all()",
    "iteration": "[batch.num_rows for batch in session.execute(CHATTY)]",
    "show": "session.show(SILENT)",
    "to_pyarrow_table": "_pyarrow.read_table(stream(SILENT))",
    "to_pyarrow_table with an expression": (
        "_pyarrow.read_filtered(stream(CHATTY), None, ds.field('value') < 0)"
    ),
}


@pytest.mark.parametrize("blocked", BLOCKED)
def test_ctrl_c_raises_keyboard_interrupt(blocked: str) -> None:
    ended = interrupt_child(
        f"""
        import pyarrow.dataset as ds
        from deltaic import _pyarrow
        stream = session._session.execute
        print("ready", flush=True)
        try:
            {BLOCKED[blocked]}
        except KeyboardInterrupt:
            print("interrupted")
        print(session.execute("SELECT 1 AS a").read_all().num_rows)
        """
    )
    assert (ended.code, ended.output, ended.errors) == (0, "interrupted\n1\n", "")
    assert ended.seconds < SOON


def test_ctrl_c_ends_the_process_as_usual() -> None:
    ended = interrupt_child("print('ready', flush=True); session.execute(SILENT).read_all()")
    assert ended.code == -signal.SIGINT
    assert "KeyboardInterrupt" in ended.errors


def test_handlers_raise_what_they_like() -> None:
    ended = run_child(
        """
        def on_alarm(number, frame):
            raise TimeoutError("enough")
        signal.signal(signal.SIGALRM, on_alarm)
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        try:
            session.execute(SILENT).read_all()
        except TimeoutError as error:
            print(error)
        """
    )
    assert (ended.code, ended.output, ended.errors) == (0, "enough\n", "")


def test_handlers_that_do_not_raise_do_not_cancel() -> None:
    ended = run_child(
        """
        seen = []
        signal.signal(signal.SIGALRM, lambda number, frame: seen.append(number))
        signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
        sql = '''SELECT count(*) AS n FROM orders a, orders b, orders c, orders d
                 WHERE a.amount + b.amount > c.amount + d.amount'''
        rows = session.execute(sql).read_all()
        signal.setitimer(signal.ITIMER_REAL, 0)
        print(rows.num_rows, len(seen) > 0)
        """
    )
    assert (ended.code, ended.output, ended.errors) == (0, "1 True\n", "")


def test_ctrl_c_is_for_the_main_thread() -> None:
    ended = interrupt_child(
        """
        def work():
            rows = session.execute("SELECT count(*) FROM orders a, orders b, orders c").read_all()
            print("rows", rows.num_rows)
        print("ready", flush=True)
        try:
            time.sleep(30)
        except KeyboardInterrupt:
            worker = threading.Thread(target=work)
            worker.start()
            worker.join()
        """
    )
    assert (ended.code, ended.output, ended.errors) == (0, "rows 1\n", "")


def test_other_threads_go_on_while_a_call_blocks() -> None:
    ended = run_child(
        """
        ticks = 0
        def tick():
            global ticks
            while True:
                ticks += 1
                time.sleep(0.01)
        threading.Thread(target=tick, daemon=True).start()
        sql = '''SELECT count(*) AS n FROM orders a, orders b, orders c, orders d
                 WHERE a.amount + b.amount > c.amount + d.amount'''
        before, start = ticks, time.monotonic()
        session.execute(sql).read_all()
        took = time.monotonic() - start
        print(ticks - before >= took / 0.01 / 20)
        """
    )
    assert (ended.code, ended.output, ended.errors) == (0, "True\n", "")
