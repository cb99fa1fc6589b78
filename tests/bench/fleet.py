# SPDX-License-Identifier: ISC
"""A model of 10,000 hosts whose one relay goes away for an hour and comes back: connects a second at the relay.

Each host sends a message at the full hour (cron) and others at random.  Two kinds of hosts:
salsa    runner/retry.c, relay/down.c: a message is tried again after 5 minutes, doubling to 4 hours, each with up to a
         quarter more; of a relay that is down a host remembers it, calls it once a pause, 1 minute doubling to 1 hour,
         each with up to a quarter more; and once it answers, all that waits goes over that session.
fixed    every message is tried again five minutes after it failed, whatever happened to the others.
"""
import heapq
import random

HOSTS, OTHERS_AN_HOUR, HOUR = 10_000, 3, 3600
GONE, BACK, END = HOUR, 2 * HOUR, 4 * HOUR
FIRST_RETRY, LONGEST_RETRY, FIRST_PAUSE, LONGEST_PAUSE, FIXED = 300, 4 * HOUR, 60, HOUR, 300

PLOT = """$data << END
{data}
END
set title '10,000 hosts, their relay away from minute 60 to 120: connects a second (the most in ten seconds)'
set xlabel 'minutes'
set xrange [0:240]
set logscale y
set yrange [1:]
set key outside below
set arrow from 60, graph 0 to 60, graph 1 nohead dashtype 2
set arrow from 120, graph 0 to 120, graph 1 nohead dashtype 2
plot {lines}
"""
CONCLUSION = """\
A model (`fleet.py`): 10,000 hosts, each with a message at the full hour and three more at random; their relay is away
for an hour. In that hour hosts that try every message again after five minutes connect {old_sum:,} times, salsa
{sum:,} times; in the hour after it the busiest second has {old_most:,} connects against {most:,}: a host asks once a
pause, no two hosts' pauses are the same, and what has waited goes over one session."""


def submissions(chance):
    """When one host is given messages; cron takes a second or two."""
    times = [hour + chance.uniform(0, 2) for hour in range(0, END, HOUR)]
    at = chance.expovariate(OTHERS_AN_HOUR / HOUR)
    while at < END:
        times.append(at)
        at += chance.expovariate(OTHERS_AN_HOUR / HOUR)
    return sorted(times)


def is_gone(at):
    return GONE <= at < BACK


def fixed(chance):
    """The connects of one host."""
    for at in submissions(chance):
        while is_gone(at):
            yield at
            at += FIXED
        yield at


def longer(pause, longest, chance, jitter):
    pause = min(pause, longest)
    return pause + (chance.uniform(0, pause / 4) if jitter else 0)


def salsa(chance, jitter=True):
    """The connects of one host.  What is due while the relay is thought to be down is put off to the pause's end."""
    due = [(at, at, 0) for at in submissions(chance)]   # when, since when it is there, tries
    heapq.heapify(due)
    failures, until = 0, 0
    while due:
        at, arrived, tries = heapq.heappop(due)
        if at < until:
            heapq.heappush(due, (until, arrived, tries))
            continue
        yield at
        if is_gone(at):
            failures += 1
            until = at + longer(FIRST_PAUSE * 2 ** (failures - 1), LONGEST_PAUSE, chance, jitter)
            again = at + longer(FIRST_RETRY * 2 ** tries, LONGEST_RETRY, chance, True)
            heapq.heappush(due, (again, arrived, tries + 1))
        elif failures:
            failures = 0
            due = [message for message in due if message[1] > at]   # all that waited goes over the same session
            heapq.heapify(due)


def count(host, *how):
    """Connects in each second."""
    seconds = [0] * END
    for number in range(HOSTS):
        for at in host(random.Random(number), *how):
            if at < END:
                seconds[int(at)] += 1
    return seconds


def draw(plot):
    """The plot, and what is to be said of it."""
    counts = {'fixed five minutes, no memory': count(fixed), 'salsa': count(salsa)}
    data = '\n'.join(f'{at / 60:.2f} ' + ' '.join(str(max(seconds[at:at + 10])) for seconds in counts.values())
                     for at in range(0, END, 10))
    lines = ', '.join(f"$data using 1:{i + 2} with lines title '{name}'" for i, name in enumerate(counts))
    plot('fleet', PLOT.format(data=data, lines=lines))
    old, ours = counts.values()
    return CONCLUSION.format(old_sum=sum(old[GONE:BACK]), sum=sum(ours[GONE:BACK]), old_most=max(old[BACK:BACK + HOUR]),
                             most=max(ours[BACK:BACK + HOUR]))
