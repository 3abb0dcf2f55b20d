import Evidence
import PostgresFormat
import SlotSafety

/// The part of the script from the configuration on.
extension RejoinScriptParts {
  /// Settings go below what is there, each once.
  func configure() throws -> ShellSource {
    let hasSignals = version.has(.recoverySignals)
    let file: ShellSource = hasSignals ? "postgresql.auto.conf" : "recovery.conf"
    var text: ShellSource = """

      # --- Configuration: last lines of a file win. A line that is there already is not written again.
      if [ -z "$done" ] && changes; then
        conninfo=$(printf %s "$PRIMARY_CONNINFO" | sed "s/'/''/g; s/\\\\\\\\/&&/g")
        set_to() {
          [ "$(grep "^$1 *=" "$pgdata/\(file)" 2> /dev/null | tail -n 1)" = "$1 = $2" ] || printf '%s\\n' "$1 = $2" >> "$pgdata/\(file)"
        }
        set_to primary_conninfo "'$conninfo'"
      """
    for setting in rejoin.settings where setting.node == .old && setting.name != "primary_conninfo" {
      text = """
        \(text)
          set_to \(word: setting.name) \(word: ShellText.settingValue(setting.wanted))
        """
    }
    return hasSignals
      ? """
      \(text)
        : > "$pgdata/standby.signal"
      fi
      """
      : """
      \(text)
        set_to standby_mode "'on'"
      fi
      """
  }

  /// By the operator's command, or pg_ctl.
  var start: ShellSource {
    let options: ShellSource =
      rejoin.configurationFile.map { " -o \(word: "-c config_file=" + ShellText.word($0))" } ?? ""
    return """

      # --- Start.
      if [ -z "$running" ] && changes; then
        if [ -n "${START:-}" ]; then
          sh -c "$START"
        else
          "${bin}pg_ctl" -D "$pgdata"\(options) -l "$pgdata.rejoin.log" -w start > /dev/null \\
            || fail "the server did not start: see $pgdata.rejoin.log"
        fi
      fi
      if ! changes; then say "all is as it was; nothing was changed"; exit 0; fi
      find_old_node
      """
  }

  /// That it streams on the new timeline, and replays what the new primary writes from now on.
  func follows() throws -> ShellSource {
    let flushed: SQL = version.has(.walNames) ? "pg_current_wal_flush_lsn()" : "pg_current_xlog_flush_location()"
    let replayed: SQL = version.has(.walNames) ? "pg_last_wal_replay_lsn()" : "pg_last_xlog_replay_location()"
    return """

      # --- Does it follow?
      target=$(echo "select \(flushed)" | new)
      # What one server says does not become what the other is told.
      case $target in ''|*[!0-9A-F/]*) fail "the new primary answers no position: $target" ;; esac
      waited=0
      until [ "$(old 2> /dev/null <<SLOTSCOPE
      select count(*) from pg_stat_wal_receiver
      where status = 'streaming' and received_tli >= \(timeline.rawValue) and \(replayed) >= '$target';
      SLOTSCOPE
      )" = 1 ]; do
        waited=$((waited + 1))
        [ "$waited" -le "${PATIENCE:-60}" ] || fail "it does not follow after $waited s: see the server's log"
        sleep 1
      done
      say "it follows timeline \(timeline.rawValue)"
      """
  }

  /// Leftovers, by name and kind; a slot that is in use or synchronized stays.
  func dropSlots() throws -> ShellSource {
    let leftovers = rejoin.slots.filter { $0.effect == .blocksSynchronization || $0.effect == .pins }
    guard rejoin.way == .follow, !leftovers.isEmpty else { return "" }
    var text: ShellSource = """

      # --- Slots that were left: they stop slot synchronization, or retain WAL and rows for ever.
      """
    for slot in leftovers {
      let name = try SQL.literal(slot.name)
      let kind: SQL = slot.state?.isLogical == true ? "'logical'" : "'physical'"
      let notSynced: SQL = version.has(.slotSynchronization) ? " and not synced" : ""
      text = """
        \(text)
        old <<'SLOTSCOPE' > /dev/null
        select pg_drop_replication_slot(slot_name) from pg_replication_slots
        where slot_name = \(name) and slot_type = \(kind) and not active\(notSynced);
        SLOTSCOPE
        [ "$(old <<'SLOTSCOPE'
        select count(*) from pg_replication_slots where slot_name = \(name)\(notSynced);
        SLOTSCOPE
        )" = 0 ] || fail "a slot that was left is in use; drop it by hand"
        """
    }
    return text
  }

  /// What the failover slots are, and what is left to do.
  var end: ShellSource {
    guard rejoin.question.synchronizes else {
      return """

        rm -f "$pgdata.rejoin"
        say "done"
        """
    }
    return """

      # --- Failover slots: synchronized ones are to come, and to become persistent.
      rm -f "$pgdata.rejoin"
      slots=$(old <<'SLOTSCOPE'
      select slot_name, case when synced then 'synchronized' else 'not synchronized' end,
        case when temporary then 'not ready yet' else 'ready' end
      from pg_replication_slots where failover or synced order by slot_name;
      SLOTSCOPE
      )
      [ -z "$slots" ] || plain "$slots"
      say "done; synchronized_standby_slots on the new primary is to name this node's slot"
      """
  }
}
