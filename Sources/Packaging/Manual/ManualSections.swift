import SlotscopeCommands

/// What the command line's definition does not hold: surroundings, exit status, examples.
enum ManualSections {
  static func of(_ command: CommandDescription) -> [(title: String, body: [String])] {
    var sections: [(String, [String])] = [("ENVIRONMENT", environment)]
    if !command.subcommands.isEmpty { sections.append(("FILES", files)) }
    sections.append(("EXIT STATUS", exitStatus))
    if let entries = examples[command.pageName] { sections.append(("EXAMPLES", ManualPage.examples(entries))) }
    sections.append(("SEE ALSO", seeAlso(command)))
    return sections
  }

  private static let environment = [
    ".Bl -tag -width PG_COLOR", ".It Ev PGDATA", "The data directory, where none is given.",
    ".It Ev PG_COLOR , NO_COLOR",
    "Whether text is colored: always, auto or never; any value of the second means never.", ".It Ev COLUMNS",
    "The width of text where standard output is not a terminal.",
    "Without it sentences break at 100 columns there, and the rows of tables are as long as they are.",
    ".It Ev PGHOST , PGPORT , PGUSER , PGPASSFILE , ...",
    "As libpq takes them, where a source is a running server.", ".El",
  ]

  private static let files = [
    ".Bl -tag -width Ds", ".It Pa pg_replslot/*/state , global/pg_control , pg_wal , pg_logical",
    "What is read of a data directory, besides its configuration and some catalogs.",
    "No file in it is opened for writing, and nothing is made there.", ".It Pa ~/.pgpass , ~/.pg_service.conf",
    "As libpq reads them.",
    ".It Pa ~/.config/slotscope/clusters.d/*.toml , /etc/slotscope/clusters.d/*.toml",
    "Clusters by their names.", ".El",
  ]

  private static let exitStatus = [
    ".Bl -tag -width Ds", ".It 0", "Ready, or nothing found.", ".It 1", "Waiting or fixable; warnings found.", ".It 2",
    "At risk or lost; errors found; no safe plan exists.", ".It 3", "Unknown: evidence is missing or cannot be read.",
    ".It 64", "The command line is wrong.", ".It 70", "A bug of slotscope.", ".El",
  ]

  private static let examples: [String: [(String, String)]] = [
    "slotscope-status": [
      ("A cluster that is defined in clusters.d/prod.toml:", "slotscope status prod"),
      ("The minutes of a failover:", "slotscope status prod --watch"),
      ("All clusters, a row each:", "slotscope status --all"),
      ("Two nodes by their sources:", "slotscope status --node service=db1 --node /var/lib/postgresql/17/main"),
    ],
    "slotscope": [
      ("May this standby be promoted?", "slotscope audit --primary primary.json --standby /var/lib/postgresql/17/main"),
      ("What does that verdict mean?", "slotscope help at_risk"),
    ],
    "slotscope-inspect": [
      ("What is left of a server, and would it start?", "slotscope inspect /var/lib/postgresql/17/main")
    ],
    "slotscope-audit": [
      ("Two directories:", "slotscope audit --primary /mnt/primary --standby /var/lib/postgresql/17/main"),
      (
        "The primary's disk is gone, but a capture is left; the subscriber's directory tells how far it was:",
        "slotscope audit --primary primary.json --standby 'service=standby' --subscriber /mnt/subscriber"
      ),
      ("Before a switchover, for a minute at most:", "slotscope audit prod --event switchover --wait 60"),
      ("Captures of all clusters on shared storage:", "slotscope audit --evidence /srv/captures --format json"),
      ("For a monitor:", "slotscope audit --primary service=p --standby service=s --format nagios"),
    ],
    "slotscope-merge": [
      ("Parts of a fleet that ran elsewhere:", "slotscope merge part-1.jsonl part-2.jsonl --format html -o fleet.html")
    ],
    "slotscope-plan": [
      (
        "Checks only, then for good:",
        "slotscope plan --primary P --standby S | psql -X -v dry_run=1 'host=standby dbname=postgres'"
      ),
      ("All scripts, numbered:", "slotscope plan --primary P --standby S --output-dir plan"),
    ],
    "slotscope-capture": [
      (
        "From a timer, keeping a day of them:",
        "slotscope capture 'service=prod' -o /var/lib/slotscope/prod.json --keep 24"
      )
    ],
    "slotscope-ledger": [
      ("What was lost at the fork?", "slotscope ledger --primary /mnt/old --standby /var/lib/postgresql/17/main")
    ],
    "slotscope-rejoin": [
      (
        "Can the old primary come back, and how?",
        "slotscope rejoin /var/lib/postgresql/17/old --new 'host=db2 dbname=postgres' --archive /archive"
      )
    ],
    "slotscope-upgrade": [
      (
        "Will pg_upgrade take the slots, and does the new cluster?",
        "slotscope upgrade /var/lib/postgresql/17/main --to 18 --new /var/lib/postgresql/18/main"
      )
    ],
    "slotscope-wal-end": [("Where does the WAL end, and why?", "slotscope wal end -D /var/lib/postgresql/17/main")],
    "slotscope-wal-gaps": [
      ("Of a server and its archive together:", "slotscope wal gaps --waldir pg_wal --waldir /archive")
    ],
    "slotscope-wal-records": [
      (
        "Commits and aborts of an hour:",
        "slotscope wal records -D . --rmgr Transaction --start '2026-11-25 03:00' --end '2026-11-25 04:00'"
      )
    ],
    "slotscope-rules": [("One rule:", "slotscope rules A13")],
  ]

  private static func seeAlso(_ command: CommandDescription) -> [String] {
    let pages = ["slotscope", "slotscope-audit", "slotscope-inspect", "slotscope-plan", "psql", "pg_waldump"]
    let others = pages.filter { $0 != command.pageName }
    return others.enumerated().map { index, name in ".Xr \(name) 1" + (index + 1 < others.count ? " ," : "") }
  }
}
