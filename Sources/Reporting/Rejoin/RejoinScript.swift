import Evidence
import PostgresFormat
package import SlotSafety

/// The steps of an old primary's way back as a script: a POSIX shell for the files, psql for the slots.
///
/// It stops before any change where the directory or the new primary is not the one that was judged. `check` changes nothing;
/// what is broken off goes on where it stopped; run again it finds nothing to do.
package enum RejoinScript {
  /// Why there is no script.
  package struct Refusal: Error {
    /// A sentence.
    package var message: String
  }

  /// All of it. Throws ``Refusal`` where no way is proven, and where a name cannot be carried by SQL.
  package static func text(_ rejoin: Rejoin) throws -> String {
    guard rejoin.way != .open, let version = rejoin.question.old.version,
      let control = rejoin.question.old.control?.value,
      let timeline = rejoin.question.new.currentTimeline, !rejoin.question.newIsHistoryOnly
    else { throw Refusal(message: "There is no script where the way back is open: \(rejoin.reason)") }
    guard !rejoin.rewind.obstacles.contains(.sourceInRecovery) || rejoin.way != .rewind else {
      throw Refusal(message: "The node given as the new primary is a standby.")
    }
    let parts = RejoinScriptParts(rejoin: rejoin, version: version, control: control, timeline: timeline)
    let pieces = try [
      parts.header, RejoinScriptParts.functions, parts.checks(), parts.keepWAL(), parts.files(), parts.configure(),
      parts.start, parts.follows(), parts.dropSlots(), parts.end,
    ]
    return ShellSource.lines(pieces).description + "\n"
  }
}

/// The parts of one script.
struct RejoinScriptParts {
  let rejoin: Rejoin
  let version: ServerVersion
  let control: ControlFile
  let timeline: TimelineID

  var directory: String { rejoin.question.old.origin.place?.directory ?? rejoin.question.old.origin.source }
  private var slot: SQL { get throws { try SQL.literal(rejoin.question.returnSlot) } }
  private var hasWALNames: Bool { version.has(.walNames) }

  /// What it is for and how it is run.
  var header: ShellSource {
    """
    #!/bin/sh
    # Brings the old primary in \(comment: directory) back as a standby: \(comment: rejoin.way.rawValue).
    # \(comment: rejoin.reason)
    # Made by slotscope. Read it, then run it where that directory is, as the user who owns it:
    #
    #   sh SCRIPT check   looks whether all is as it was when the script was made; changes nothing
    #   sh SCRIPT run     does it; run again it goes on where it stopped, or finds nothing to do
    #
    # The environment says what no file does:
    #   NEW_PRIMARY       connection string of the new primary, for a superuser (needed)
    #   PRIMARY_CONNINFO  what the returned node is to stream by, as primary_conninfo (needed)
    #   OLD_NODE          connection string of the returned node, for a superuser; the default is its socket
    #   BINDIR            where pg_ctl and the others are, if not on the path
    #   START             the command that starts the server; the default is pg_ctl
    #   PATIENCE          seconds to wait until it follows; the default is 60
    """
  }

  /// Shared by all scripts.
  static let functions: ShellSource = """

    set -eu
    LC_ALL=C; export LC_ALL
    PGCLIENTENCODING=UTF8; export PGCLIENTENCODING
    fail() { echo "rejoin: error: $*" >&2; exit 3; }
    say() { echo "rejoin: $*"; }
    mode=${1:-}
    case $mode in check|run) ;; *) echo "usage: sh $0 check|run" >&2; exit 64 ;; esac
    [ -n "${NEW_PRIMARY:-}" ] || fail "set NEW_PRIMARY to the new primary's connection string"
    [ -n "${PRIMARY_CONNINFO:-}" ] || fail "set PRIMARY_CONNINFO to what the returned node is to stream by"
    [ "$(id -u)" != 0 ] || fail "run this as the user who owns the directory, not as root"
    bin=${BINDIR:+$BINDIR/}
    for program in pg_controldata pg_ctl psql; do
      command -v "$bin$program" > /dev/null || fail "$bin$program is not there: set BINDIR"
    done
    changes() { [ "$mode" = run ]; }
    # The value of one line of pg_controldata.
    control() { "${bin}pg_controldata" "$pgdata" | sed -n "s/^$1: *//p"; }
    # A row of the new primary, of the old node.
    new() { "${bin}psql" -XAtq -v ON_ERROR_STOP=1 -d "$NEW_PRIMARY"; }
    old() { "${bin}psql" -XAtq -v ON_ERROR_STOP=1 -d "$old_node"; }
    # The stage that was finished last, kept beside the directory.
    stage() { cat "$pgdata.rejoin" 2> /dev/null || :; }
    reach() { echo "$1" > "$pgdata.rejoin"; }
    find_old_node() {
      if [ -n "${OLD_NODE:-}" ]; then old_node=$OLD_NODE; return; fi
      [ -r "$pgdata/postmaster.pid" ] || fail "no postmaster.pid: set OLD_NODE"
      host=$(sed -n 5p "$pgdata/postmaster.pid")
      old_node="host=${host:-localhost} port=$(sed -n 4p "$pgdata/postmaster.pid") user=postgres dbname=postgres"
    }
    """

  /// The right directory, in the state that was judged; the right new primary, on the timeline that was judged.
  func checks() throws -> ShellSource {
    let walFileName: SQL =
      hasWALNames ? "pg_walfile_name(pg_current_wal_lsn())" : "pg_xlogfile_name(pg_current_xlog_location())"
    let identity: SQL =
      "select (select system_identifier from pg_control_system()) || ' ' || case when pg_is_in_recovery() then 'standby' else left(\(walFileName), 8) end"
    return """

      # --- Is all as it was? Nothing is changed here.
      pgdata=\(word: directory)
      [ -f "$pgdata/PG_VERSION" ] || [ -n "$(stage)" ] || fail "$pgdata is not a data directory"
      done=
      running=
      if [ -f "$pgdata/PG_VERSION" ]; then
        [ "$(control 'Database system identifier')" = \(control.systemIdentifier) ] || fail "$pgdata is of another cluster"
        if "${bin}pg_ctl" -D "$pgdata" status > /dev/null 2>&1; then running=1; fi
      fi
      if [ -n "$running" ]; then
        find_old_node
        here=$(echo "select pg_is_in_recovery()" | old) || fail "the server in $pgdata does not answer: set OLD_NODE"
        [ "$here" = t ] || fail "the server in $pgdata runs and is not a standby: stop it, and ask slotscope again"
        done=1
      elif [ -z "$(stage)" ]; then
        if [ -f "$pgdata/\(signalFile)" ] && [ "$(control 'Latest checkpoint location')" != \(word: checkpoint) ]; then
          done=1
        else
          [ "$(control 'Latest checkpoint location')" = \(word: checkpoint) ] \\
            && [ "$(control 'Database cluster state')" = \(word: control.state?.name ?? "") ] \\
            || fail "$pgdata is not as it was when this script was made: ask slotscope again"
        fi
      fi
      [ "$(stage)" != rewinding ] || fail "pg_rewind broke off in $pgdata: only a new base backup helps now"
      there=$(new <<'SLOTSCOPE'
      \(identity);
      SLOTSCOPE
      ) || fail "the new primary does not answer"
      [ "$there" = "\(control.systemIdentifier) \(hex: timeline)" ] \\
        || fail "NEW_PRIMARY is not the new primary on timeline \(timeline.rawValue): $there"
      """
  }

  private var checkpoint: String { control.checkpointLSN.written(by: version) }
  private var signalFile: ShellSource { version.has(.recoverySignals) ? "standby.signal" : "recovery.conf" }

  /// The slot on the new primary comes first: from then on no checkpoint there takes what the node needs.
  func keepWAL() throws -> ShellSource {
    let slot = try slot
    var text: ShellSource = """

      # --- The returned node's slot on the new primary, before a checkpoint there removes WAL that it needs.
      if changes; then
        new <<'SLOTSCOPE' > /dev/null
      select pg_create_physical_replication_slot(\(slot), true)
      where not exists (select from pg_replication_slots where slot_name = \(slot));
      SLOTSCOPE
      fi
      """
    if let segment = rejoin.firstNeeded, rejoin.way != .rebuild, hasWALNames {
      let name = try SQL.literal(segment.text)
      text = """
        \(text)
        [ -n "$done" ] || [ "$(new <<'SLOTSCOPE'
        select count(*) from pg_ls_waldir() where name = \(name);
        SLOTSCOPE
        )" = 1 ] || fail "the new primary has removed \(segment), which this node needs: ask slotscope again"
        """
    }
    return text
  }

  /// What happens to the directory.
  func files() throws -> ShellSource {
    switch rejoin.way {
    case .rewind: return try rewind()
    case .rebuild: return try rebuild()
    case .follow, .open: return ""
    }
  }

  private func rewind() throws -> ShellSource {
    var text: ShellSource = """

      # --- pg_rewind. All slots of this node are gone after it.
      if [ -z "$done" ] && changes && [ "$(stage)" != rewound ]; then
        command -v "${bin}pg_rewind" > /dev/null || fail "pg_rewind is not there: set BINDIR"
      """
    if rejoin.rewind.obstacles.contains(.fullPageWrites) {
      text = """
        \(text)
          echo "alter system set full_page_writes = on" | new
          echo "select pg_reload_conf()" | new > /dev/null
        """
    }
    text = """
      \(text)
        # Its last checkpoint tells pg_rewind the new primary's timeline.
        echo "checkpoint" | new
        rm -f "$pgdata/standby.signal"
      """
    for segment in rejoin.rewind.missing {
      guard let place = rejoin.rewind.places[segment] else { continue }
      text = """
        \(text)
          [ -f "$pgdata/pg_wal/\(segment)" ] || cp \(word: place) "$pgdata/pg_wal/\(segment)"
        """
    }
    if !rejoin.question.wasStoppedCleanly {
      text = """
        \(text)
          # Crash recovery, keeping the WAL that pg_rewind reads afterwards.
          if [ "$(control 'Database cluster state')" != "shut down" ]; then
            "${bin}postgres" --single -D "$pgdata" -c \(word: rejoin.keepSetting) template1 < /dev/null > /dev/null
            reach recovered
          fi
        """
    }
    let restores: ShellSource = rejoin.rewind.needsRestoreCommand ? " -c" : ""
    let configuration: ShellSource = rejoin.configurationFile.map { " --config-file=\(word: $0)" } ?? ""
    return """
      \(text)
        reach rewinding
        "${bin}pg_rewind" -D "$pgdata" --source-server="$NEW_PRIMARY"\(restores)\(configuration) \\
          || { echo "rejoin: error: pg_rewind failed; where it did not say \\"rewinding from\\", rm '$pgdata.rejoin' and try again" >&2; exit 3; }
        reach rewound
      fi
      """
  }

  private func rebuild() throws -> ShellSource {
    """

    # --- A new base backup. The old directory stays beside it.
    if [ -z "$done" ] && changes && [ "$(stage)" != copied ]; then
      command -v "${bin}pg_basebackup" > /dev/null || fail "pg_basebackup is not there: set BINDIR"
      [ -e "$pgdata.before-rejoin" ] || mv "$pgdata" "$pgdata.before-rejoin"
      reach copying
      rm -rf "$pgdata.new"
      "${bin}pg_basebackup" -D "$pgdata.new" -d "$NEW_PRIMARY" -X stream -c fast
      mv "$pgdata.new" "$pgdata"
      reach copied
    fi
    """
  }
}
