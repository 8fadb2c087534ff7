#!/usr/bin/env python3
"""Measures the kept job against what one would otherwise do, on the same made-up data.

    python3 benches/measure.py job                       # one day of 1,000,000 orders against each peer, in pairs
    python3 benches/measure.py nights --numbers random   # 40 nights of 100,000 orders into one ledger
    python3 benches/measure.py differences               # a day on which nothing agrees: time, log, memory

`--binary` is the program (default target/release/duizhang), `--rows`, `--pairs`, `--nights`, `--seed` say how much,
`--folder` where (default: a temporary folder, removed at the end). Peers: DuckDB where its Python package is installed
(pip install duckdb), PostgreSQL where `--postgres URL` names a server on which a database duizhang_bench may be made, and made anew.

The data are invented and the same for the same seed: every run plants known differences and checks that the program
and the peers find just these.
"""

import argparse
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlsplit

DAY = date(2026, 1, 15)
# Of 100,000 orders so many are planted with each difference.
PLANTED_PER_100_000 = 100
KINDS = ("amount", "only_ours", "only_theirs")

CONFIG = """
[ledger]
url = "{url}"
[business_day]
timezone = "Asia/Shanghai"
[reports]
dir = "reports"
language = "en"
[orders]
csv = "orders-{{date}}.csv"
[[account]]
name = "shop"
provider = "file"
[account.statement]
whole_of = "day"
kind = "payment"
file = "bill-{{date}}.csv"
[account.statement.columns]
order_no = "order"
provider_order_no = "transaction"
status = "state"
amount = "amount"
fee = "fee"
paid_at = "paid"
[account.statement.statuses]
"SUCCESS" = "succeeded"
"""


def make(folder, day, rows, seed, numbers, all_differ=False):
    """Writes a day's orders and bill; says what was planted of each kind, as sets of order numbers."""
    rng = random.Random(f"{seed} {day}")
    stamp = day.strftime("%Y%m%d")
    planted = {kind: set() for kind in KINDS}
    each = max(1, rows * PLANTED_PER_100_000 // 100_000)
    chosen = rng.sample(range(rows), 3 * each)
    kind_of = {at: KINDS[place // each] for place, at in enumerate(chosen)}
    bill = []
    with open(folder / f"orders-{day}.csv", "w", encoding="utf-8", buffering=1 << 20) as out:
        out.write("account,kind,order_no,amount,currency,status,created_at,paid_at,goods\n")
        for n in range(rows):
            if numbers == "random":
                order = f"{rng.getrandbits(128):032x}"
            else:
                order = f"{stamp}{n:012d}"
            fen = rng.randrange(1, 300_000)
            second = n * 79_200 // rows
            paid = second + rng.randrange(1, 3_600)
            theirs = fen
            kind = kind_of.get(n)
            if kind:
                planted[kind].add(order)
            if kind == "amount" or all_differ:
                theirs = fen + rng.randrange(1, 1_000)
            if kind != "only_theirs":
                out.write(
                    f"shop,payment,{order},{fen // 100}.{fen % 100:02d},CNY,succeeded,"
                    f"{clock(day, second)},{clock(day, paid)},tea\n"
                )
            if kind != "only_ours":
                transaction = f"4200{rng.getrandbits(20):07d}{n:08d}{stamp}"
                bill.append(
                    f"{transaction},{order},{theirs // 100}.{theirs % 100:02d},SUCCESS,"
                    f"{clock(day, paid)},{theirs * 6 // 100_000}.{theirs * 6 // 1_000 % 100:02d}\n"
                )
    rng.shuffle(bill)
    with open(folder / f"bill-{day}.csv", "w", encoding="utf-8", buffering=1 << 20) as out:
        out.write("transaction,order,amount,state,paid,fee\n")
        out.writelines(bill)
    return planted


def clock(day, second):
    return f"{day} {second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"


# A process is counted the memory of the one that started it, as it was then, and this one is large after making data: so
# a small one starts it, and says what it used.
LAUNCHER = """
import os, sys
child = os.fork()
if child == 0:
    try:
        os.execvp(sys.argv[2], sys.argv[2:])
    finally:
        os._exit(127)
_, status, used = os.wait4(child, 0)
with open(sys.argv[1], "w") as out:
    print(used.ru_utime + used.ru_stime, used.ru_maxrss, file=out)
sys.exit(os.waitstatus_to_exitcode(status))
"""


class Usage:
    """Wall seconds, CPU seconds (user and system) and the most memory of processes."""

    def __init__(self):
        self.wall = self.cpu = self.peak = 0.0

    def run(self, command, **more):
        with tempfile.NamedTemporaryFile() as figures:
            launch = [sys.executable, "-I", "-S", "-c", LAUNCHER, figures.name]
            begun = time.monotonic()
            ended = subprocess.run([*launch, *map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more)
            self.wall += time.monotonic() - begun
            output = ended.stdout.decode(errors="replace")
            if ended.returncode not in (0, 4):
                sys.exit(f"{command} ended with {ended.returncode}:\n{output}")
            cpu, peak = Path(figures.name).read_text().split()
        self.cpu += float(cpu)
        self.peak = max(self.peak, int(peak) / 1024)
        return output


def duizhang(binary, folder, day, url, with_report=True):
    """The kept job; the usage of all of it and of each step."""
    config = folder / "duizhang.toml"
    config.write_text(CONFIG.format(url=url), encoding="utf-8")
    base = [str(binary), "--config", str(config), "--no-progress"]
    on = ["--date", str(day)]
    commands = {
        "orders": [*base, "import", "orders", f"orders-{day}.csv", *on],
        "bill": [*base, "pull", *on],
        "reconcile": [*base, "reconcile", *on],
        "report": [*base, "report", *on],
    }
    whole, steps = Usage(), {}
    for name, command in commands.items():
        if name == "report" and not with_report:
            continue
        steps[name] = Usage()
        steps[name].run(command, cwd=folder)
        whole.wall += steps[name].wall
        whole.cpu += steps[name].cpu
        whole.peak = max(whole.peak, steps[name].peak)
    return whole, steps


def found_by_duizhang(binary, folder, day):
    """Order numbers of the day's differences, by what was planted."""
    import json

    names = {
        "amount_mismatch": "amount",
        "missing_at_provider": "only_ours",
        "missing_at_merchant": "only_theirs",
    }
    command = [binary, "--config", folder / "duizhang.toml", "discrepancy", "list", "--date", str(day), "--limit", "0", "--json"]
    said = subprocess.run(command, capture_output=True, cwd=folder, check=True).stdout
    found = {kind: set() for kind in KINDS}
    document = json.loads(said)
    rows = document.get("discrepancies", document) if isinstance(document, dict) else document
    for row in rows:
        found[names.get(row["type"], row["type"])].add(row["merchant_order_no"])
    return found


COMPARE = """
SELECT coalesce(o.order_no, b.order_no) AS order_no,
       CASE WHEN b.order_no IS NULL THEN 'only_ours' WHEN o.order_no IS NULL THEN 'only_theirs' ELSE 'amount' END AS kind,
       o.amount AS ours, b.amount AS theirs
FROM orders o FULL OUTER JOIN bill b ON o.order_no = b.order_no
WHERE o.order_no IS NULL OR b.order_no IS NULL OR o.amount <> b.amount OR o.status <> 'succeeded' OR b.state <> 'SUCCESS'
ORDER BY 1
"""

DUCKDB = """
import duckdb, sys
folder, day, keyed = sys.argv[1], sys.argv[2], sys.argv[3] == "keys"
c = duckdb.connect(folder + "/peer.duckdb")
key = " PRIMARY KEY" if keyed else ""
c.sql(f"CREATE TABLE orders (account VARCHAR, kind VARCHAR, order_no VARCHAR{key}, amount DECIMAL(18, 2), currency VARCHAR,"
      " status VARCHAR, created_at TIMESTAMP, paid_at TIMESTAMP)")
c.sql(f"CREATE TABLE bill (provider_order_no VARCHAR{key}, order_no VARCHAR, amount DECIMAL(18, 2), state VARCHAR,"
      " paid_at TIMESTAMP, fee DECIMAL(18, 2))")
c.sql(f"INSERT INTO orders SELECT account, kind, order_no, amount, currency, status, created_at, paid_at FROM read_csv("
      f"'{folder}/orders-{day}.csv', header=true, columns={{'account':'VARCHAR','kind':'VARCHAR','order_no':'VARCHAR',"
      "'amount':'DECIMAL(18,2)','currency':'VARCHAR','status':'VARCHAR','created_at':'TIMESTAMP','paid_at':'TIMESTAMP',"
      "'goods':'VARCHAR'})")
c.sql(f"INSERT INTO bill SELECT * FROM read_csv('{folder}/bill-{day}.csv', header=true, columns={{'provider_order_no':'VARCHAR',"
      "'order_no':'VARCHAR','amount':'DECIMAL(18,2)','state':'VARCHAR','paid_at':'TIMESTAMP','fee':'DECIMAL(18,2)'})")
c.sql(f"COPY (" + open(folder + "/compare.sql").read() + f") TO '{folder}/peer.csv' (HEADER)")
c.close()
"""


def duckdb(folder, day, keys):
    for name in ("peer.duckdb", "peer.duckdb.wal", "peer.csv"):
        (folder / name).unlink(missing_ok=True)
    (folder / "compare.sql").write_text(COMPARE)
    used = Usage()
    used.run([sys.executable, "-c", DUCKDB, str(folder), str(day), keys])
    return used


POSTGRES = """
\\set ON_ERROR_STOP on
SET client_min_messages TO warning;
CREATE TABLE orders (account text, kind text, order_no text COLLATE "C" PRIMARY KEY, amount numeric(18, 2), currency text,
    status text, created_at timestamp, paid_at timestamp, goods text);
CREATE TABLE bill (provider_order_no text COLLATE "C" PRIMARY KEY, order_no text COLLATE "C", amount numeric(18, 2),
    state text, paid_at timestamp, fee numeric(18, 2));
\\copy orders FROM 'orders-{day}.csv' CSV HEADER
\\copy bill FROM 'bill-{day}.csv' CSV HEADER
ANALYZE orders, bill;
\\copy ({compare}) TO 'peer.csv' CSV HEADER
"""


def postgres(folder, day, url):
    (folder / "peer.csv").unlink(missing_ok=True)
    script = folder / "peer.sql"
    script.write_text(POSTGRES.format(day=day, compare=" ".join(COMPARE.split())))
    used = Usage()
    used.run(["psql", "-X", "-q", "-d", url, "-f", str(script)], cwd=folder)
    return used


def found_by_peer(folder):
    found = {kind: set() for kind in KINDS}
    with open(folder / "peer.csv", encoding="utf-8") as lines:
        next(lines)
        for line in lines:
            order, kind = line.split(",")[:2]
            found[kind].add(order)
    return found


def check(who, found, planted):
    if found != planted:
        counts = {kind: (len(found[kind]), len(planted[kind])) for kind in KINDS}
        sys.exit(f"{who} has not found what was planted (found, planted): {counts}")


def clear(folder):
    """What an earlier run of the program has left."""
    for name in ("ledger.db", "ledger.db-wal", "ledger.db-shm"):
        (folder / name).unlink(missing_ok=True)
    for name in ("reports", "archive", "var"):
        shutil.rmtree(folder / name, ignore_errors=True)


BENCH_DATABASE = "duizhang_bench"


def psql(url, statement):
    subprocess.run(["psql", "-X", "-q", "-d", url, "-c", statement], check=True, capture_output=True)


def fresh_database(url):
    """A new, empty database on the server, in the place of the one of an earlier run; its URL."""
    psql(url, f"DROP DATABASE IF EXISTS {BENCH_DATABASE}")
    psql(url, f"CREATE DATABASE {BENCH_DATABASE}")
    return urlsplit(url)._replace(path=f"/{BENCH_DATABASE}").geturl()


def job(args, folder):
    planted = make(folder, DAY, args.rows, args.seed, args.numbers)
    ours, theirs = "duizhang, SQLite", "DuckDB, keys"
    runs = {}

    def sqlite():
        clear(folder)
        whole, steps = duizhang(args.binary, folder, DAY, "sqlite://ledger.db")
        check("duizhang", found_by_duizhang(args.binary, folder, DAY), planted)
        for name, used in steps.items():
            runs.setdefault(f"  {name}", []).append(used)
        return whole

    def peer(used):
        check("the peer", found_by_peer(folder), planted)
        return used

    pairs = [(ours, sqlite)]
    try:
        import duckdb as _  # noqa: F401

        pairs.append((theirs, lambda: peer(duckdb(folder, DAY, "keys"))))
        pairs.append(("DuckDB, no keys", lambda: peer(duckdb(folder, DAY, "none"))))
    except ImportError:
        print("DuckDB is not installed: left out", file=sys.stderr)
    if args.postgres:

        def server():
            clear(folder)
            whole, _ = duizhang(args.binary, folder, DAY, fresh_database(args.postgres))
            check("duizhang", found_by_duizhang(args.binary, folder, DAY), planted)
            return whole

        def by_hand():
            return postgres(folder, DAY, fresh_database(args.postgres))

        pairs.append(("duizhang, PostgreSQL (client)", server))
        pairs.append(("PostgreSQL by hand (client)", lambda: peer(by_hand())))
    for _ in range(args.pairs):
        for name, run in pairs:
            print(f"{name} …", file=sys.stderr)
            runs.setdefault(name, []).append(run())
    print(f"{args.rows} orders, {args.numbers} numbers, {args.pairs} runs each, load {os.getloadavg()[0]:.1f}\n")
    print("| | wall s | CPU s | peak MiB |\n| --- | --- | --- | --- |")
    for name, used in runs.items():
        wall, cpu, peak = (statistics.median(getattr(it, what) for it in used) for what in ("wall", "cpu", "peak"))
        print(f"| {name} | {wall:.2f} | {cpu:.2f} | {peak:.0f} |")
    print()
    for one, other, what in (
        (ours, theirs, "cpu"),
        (ours, theirs, "wall"),
        (ours, "DuckDB, no keys", "cpu"),
        ("duizhang, PostgreSQL (client)", "PostgreSQL by hand (client)", "wall"),
    ):
        if one in runs and other in runs:
            ratios = [getattr(a, what) / getattr(b, what) for a, b in zip(runs[one], runs[other])]
            print(f"{one} / {other}, {what}: {statistics.median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})")


def log_bytes(folder):
    log = folder / "ledger.db-wal"
    return log.stat().st_size if log.exists() else 0


def nights(args, folder):
    rows = args.rows if args.rows != ROWS else 100_000
    clear(folder)
    print(f"{rows} orders a night, {args.numbers} numbers, CPU seconds, load {os.getloadavg()[0]:.1f}\n")
    print("| night | orders | bill | reconcile | together | wall | ledger MiB |\n" + "| --- " * 7 + "|")
    planted = {kind: set() for kind in KINDS}
    for night in range(1, args.nights + 1):
        day = DAY + timedelta(days=night)
        for kind, orders in make(folder, day, rows, args.seed + night, args.numbers).items():
            planted[kind] |= orders
        whole, steps = duizhang(args.binary, folder, day, "sqlite://ledger.db", with_report=False)
        # What is open stays open: every night shows what the nights before have planted, too.
        if night in (1, args.nights):
            check("duizhang", found_by_duizhang(args.binary, folder, day), planted)
        for name in ("orders", "bill"):
            (folder / f"{name}-{day}.csv").unlink()
        if night <= 3 or night % 10 == 0 or night == args.nights:
            cpu = " | ".join(f"{used.cpu:.2f}" for used in steps.values())
            size = (folder / "ledger.db").stat().st_size / 2**20
            print(f"| {night} | {cpu} | {whole.cpu:.2f} | {whole.wall:.1f} | {size:.0f} |", flush=True)


def differences(args, folder):
    """A day on which no amount agrees: the log in front of the ledger is watched while it is judged."""
    import threading

    make(folder, DAY, args.rows, args.seed, args.numbers, all_differ=True)
    clear(folder)
    most, is_over = [0], threading.Event()

    def watch():
        while not is_over.wait(0.02):
            most[0] = max(most[0], log_bytes(folder))

    watcher = threading.Thread(target=watch)
    watcher.start()
    whole, steps = duizhang(args.binary, folder, DAY, "sqlite://ledger.db")
    is_over.set()
    watcher.join()
    print(f"{args.rows} orders of which none agrees, load {os.getloadavg()[0]:.1f}\n")
    print("| step | wall s | CPU s | peak MiB |\n| --- | --- | --- | --- |")
    for name, used in (*steps.items(), ("together", whole)):
        print(f"| {name} | {used.wall:.1f} | {used.cpu:.1f} | {used.peak:.0f} |")
    size = (folder / "ledger.db").stat().st_size / 2**20
    print(f"\nlog: {most[0] / 2**20:.0f} MiB at most, {log_bytes(folder) / 2**20:.0f} MiB left; ledger {size:.0f} MiB")


ROWS = 1_000_000


def main():
    here = Path(__file__).resolve().parent.parent
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("what", choices=("job", "nights", "differences"))
    words.add_argument("--binary", type=Path, default=here / "target/release/duizhang")
    words.add_argument("--rows", type=int, default=ROWS)
    words.add_argument("--pairs", type=int, default=3)
    words.add_argument("--nights", type=int, default=40)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--numbers", choices=("ascending", "random"), default="ascending")
    words.add_argument("--folder", type=Path)
    words.add_argument("--postgres")
    args = words.parse_args()
    args.binary = args.binary.resolve()
    if not args.binary.exists():
        sys.exit(f"{args.binary} is not there: cargo build --release")
    with tempfile.TemporaryDirectory(prefix="duizhang-bench-") as made:
        folder = (args.folder or Path(made)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        {"job": job, "nights": nights, "differences": differences}[args.what](args, folder)


if __name__ == "__main__":
    main()
