import Evidence
import PostgresFormat

/// Whether the standby streams from this very primary, so that the primary's slot of its name stands for it.
///
/// A standby of a standby names a slot there, and the primary may have one of the same name for somebody else; then the
/// primary held its consumers back until that one had flushed. `primary_conninfo` tells the two apart by port or socket, not
/// by host: hosts have many names. Where it does not, synchronization does, which works through the same connection and
/// with no other server than a primary: a copy that it took after the connection was last changed has come from there. After a
/// clean stop the primary's slot stands where its holder was, whoever that is, and nobody got more. A running standby shows it by
/// its worker, which has found a primary with that slot at the other end.
enum StandbyUpstream {
  /// Whether it is so whatever the clocks of the two machines say: they may differ by minutes, so times must be an hour apart.
  static func isShown(_ failover: Failover) -> Bool {
    if SlotView.isExact(in: failover.primary) || failover.synchronizesWithPrimary { return true }
    guard let changed = failover.connectionChanged, let copied = failover.lastSynchronized,
      let time = failover.changes.lastTime(before: copied)
    else { return false }
    return time.microseconds(since: changed) >= 3_600_000_000
  }

  /// What stands against it; nil where nothing does.
  static func objection(to failover: Failover) -> String? {
    guard let connection = failover.standbyConnection else { return "primary_conninfo on the standby is not known" }
    guard failover.leadsToPrimary(connection) else {
      return "primary_conninfo on the standby has another port or socket than the primary"
    }
    guard !SlotView.isExact(in: failover.primary) else { return nil }
    guard !connection.mayLeadToStandby else {
      return "primary_conninfo on the standby names several hosts, of which another may be a standby itself"
    }
    if failover.synchronizesWithPrimary { return nil }
    guard let changed = failover.connectionChanged else {
      return "since when the standby streams from where it does is not known"
    }
    guard let copied = failover.lastSynchronized, let time = failover.changes.lastTime(before: copied), changed < time
    else {
      return
        "since the standby's connection was changed at \(changed) no synchronized slot shows that it leads to the primary"
    }
    return nil
  }
}

extension ConnectionString {
  /// Whether libpq may choose among several servers by another rule than which of them can be written to.
  fileprivate var mayLeadToStandby: Bool {
    let lists = ["host", "hostaddr", "port"].compactMap { self[$0] }
    let isOnlyPrimary = ["primary", "read-write"].contains(self["target_session_attrs"] ?? "any")
    return !isOnlyPrimary && lists.contains { $0.contains(",") }
  }
}

extension Failover {
  /// Whether the running standby's worker synchronizes slots with a primary, while it streams and the primary's slot is in use.
  fileprivate var synchronizesWithPrimary: Bool {
    guard let server = standby.server, server.slotSync?.waitsForNextRound == true,
      server.receiver?.status == "streaming", primary.positionsAreLive
    else { return false }
    return primary.slots.contains { $0.state?.name == physicalSlot?.name && $0.activity?.isActive == true }
  }

  /// When the files that name the standby's primary and its slot there were last changed, or, by a server's word, read.
  fileprivate var connectionChanged: Timestamp? {
    func time(of name: String) -> Timestamp? {
      standbySettings[name]?.assignment.flatMap(standby.settings.changeTime)
    }
    guard let connection = time(of: "primary_conninfo"), let slot = time(of: "primary_slot_name") else { return nil }
    return max(connection, slot)
  }

  /// The furthest position of a failover slot that synchronization has copied to the standby.
  fileprivate var lastSynchronized: LSN? {
    let names = Set(primary.slots.compactMap(\.state).filter { $0.failover == true }.map(\.name))
    return standby.slots.compactMap(\.state)
      .filter { $0.isUsable && $0.synced == true && names.contains($0.name) && $0.confirmedFlush <= standbyEnd }
      .map(\.confirmedFlush).max()
  }

  /// Whether a connection may lead to this primary: the ports are the same (IvorySQL listens on two), and a socket's
  /// folder is one of its own.
  func leadsToPrimary(_ connection: ConnectionString) -> Bool {
    let hosts = (connection["host"] ?? "").split(separator: ",").map(String.init)
    if let first = hosts.first, first.hasPrefix("/"), primarySettings["unix_socket_directories"]?.isDefault == false,
      let own = primarySettings["unix_socket_directories"].flatMap({ IdentifierList.paths($0.text) })
    {
      guard hosts.contains(where: own.contains) else { return false }
    }
    // A service may give the port.
    guard let port = connection["port"]?.nonEmpty ?? (connection["service"] == nil ? Self.defaultPort : nil) else {
      return true
    }
    let ports = port.split(separator: ",").compactMap { Int64($0) }
    var own = [primarySettings.integer("port")]
    if primary.control?.value.isIvorySQL == true {
      // For clients of its Oracle mode; 1521 where ivorysql.conf says nothing.
      own.append(primarySettings.text("ivorysql.port").map { Int64($0) } ?? 1521)
    }
    return own == [nil] || own.contains { $0.map(ports.contains) == true }
  }

  /// As servers are built, unless told otherwise.
  private static let defaultPort = "5432"
}

extension String {
  fileprivate var nonEmpty: String? { isEmpty ? nil : self }
}
