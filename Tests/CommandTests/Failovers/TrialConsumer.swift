import FixtureSupport
import ServerLab

/// A consumer of slot `s` that keeps what it received, and how far it got, through a failover.
protocol TrialConsumer: Sendable {
  /// Makes the slot, as a failover slot where that is asked for, and begins to receive.
  func begin(on primary: Cluster, failover: Bool) async throws
  /// Reads nothing until it resumes: a slot that is read from cannot be made a failover slot by command.
  func pause(on primary: Cluster) async throws
  func resume(on primary: Cluster) async throws
  /// Returns when it has all that was committed before.
  func catchUp(on primary: Cluster) async throws
  /// After the primary has ended: what was received is settled.
  func settle() async throws
  /// Where it goes on: after the last transaction that it has whole.
  func position() async throws -> UInt64
  /// Goes on at the new primary, until it has all that there is.
  func goOn(on primary: Cluster) async throws
  /// The numbers of all rows that it received, as often as it received them.
  func received() async throws -> [Int]
  /// What its own files can be given to slotscope as, once it is settled.
  var sources: [String] { get }
  /// The server that it runs on, where a plan has scripts for it.
  var subscriber: Cluster? { get }
}

extension TrialConsumer {
  var sources: [String] { subscriber.map { ["--subscriber", $0.data] } ?? [] }
  var subscriber: Cluster? { nil }
  func begin(on primary: Cluster) async throws { try await begin(on: primary, failover: false) }
  func pause(on primary: Cluster) async throws {}
  func resume(on primary: Cluster) async throws {}
  /// Its slot's position tells: it has passed everything that there is now.
  func catchUp(on primary: Cluster) async throws {
    let end = try await primary.currentLSN()
    try await primary.wait("the consumer") {
      try await primary.sql("select confirmed_flush_lsn >= '\(end)' from pg_replication_slots where slot_name = 's'")
        == "t"
    }
  }
}

enum TrialConsumerKind: String, CaseIterable {
  case sql, recvlogical = "pg_recvlogical", subscription

  func make(_ lab: LabRun, template: Cluster, _ name: String, seed: UInt64) async throws -> any TrialConsumer {
    switch self {
    case .sql: SQLConsumer(seed: seed)
    case .recvlogical: ReceivingProgram(folder: lab.folder, name: name)
    case .subscription: Subscription(try await lab.copy(of: template, started: name + "-subscriber"))
    }
  }
}

private func makeSlot(failover: Bool) -> String {
  "select pg_create_logical_replication_slot('s', 'pgoutput'\(failover ? ", false, false, true" : ""))"
}

/// Peeks, keeps what it saw, and only then advances the slot.
actor SQLConsumer: TrialConsumer {
  private var messages = PgoutputTransactions()
  private var ids: [Int] = []
  private var end: UInt64 = 0
  private var random: TrialRandom
  private var work: Task<Void, Never>?
  /// Rounds that found nothing.
  private var idleRounds = 0

  init(seed: UInt64) { random = TrialRandom(seed: seed) }

  func begin(on primary: Cluster, failover: Bool) async throws {
    try await primary.sql(makeSlot(failover: failover))
    work = Task {
      while !Task.isCancelled, (try? await self.step(primary)) != nil {
        try? await Task.sleep(for: .milliseconds(60))
      }
    }
  }

  /// Whether there was anything.
  @discardableResult
  private func step(_ primary: Cluster) async throws -> Bool {
    let limit = random.pick(["1", "20", "500", "null"])
    let text = try await primary.sql(
      "set statement_timeout = '240s'; select encode(data, 'hex') from pg_logical_slot_peek_binary_changes('s', null, \(limit), 'proto_version', '1',"
        + " 'publication_names', 'p')")
    var messages = PgoutputTransactions()
    try messages.take(lines: text)
    guard let last = messages.transactions.last else {
      idleRounds += 1
      return false
    }
    for transaction in messages.transactions where transaction.end > end {
      ids += transaction.ids
      end = transaction.end
    }
    try await primary.sql("select pg_replication_slot_advance('s', '\(lsnText(last.end))')")
    return true
  }

  /// The slot's position stays at the last transaction; a round that began after now and found nothing tells.
  func catchUp(on primary: Cluster) async throws {
    let before = idleRounds
    try await primary.wait("the consumer") { idleRounds >= before + 2 }
  }

  func settle() async { await work?.value }
  func position() -> UInt64 { end }
  func goOn(on primary: Cluster) async throws { while try await step(primary) {} }
  func received() -> [Int] { ids }
}

/// pg_recvlogical, whose file is what it has.
actor ReceivingProgram: TrialConsumer {
  private let folder: String
  private let name: String
  private var work: Task<Void, Never>?
  private var files: [String] = []

  init(folder: String, name: String) { (self.folder, self.name) = (folder, name) }

  func begin(on primary: Cluster, failover: Bool) async throws {
    try await primary.sql(makeSlot(failover: failover))
    receive(from: primary, more: [])
  }

  private func receive(from primary: Cluster, more: [String]) {
    let arguments = program(primary, more: more)
    work = Task { _ = try? await primary.attempt("timeout", arguments) }
  }

  func pause(on primary: Cluster) async throws {
    try await primary.wait("the end of pg_recvlogical") {
      try await primary.sql(
        "select count(pg_terminate_backend(active_pid)) from pg_replication_slots where slot_name = 's' and active")
        == "0"
    }
    await work?.value
  }

  func resume(on primary: Cluster) throws { receive(from: primary, more: ["-I", lsnText(try position())]) }

  private func program(_ primary: Cluster, more: [String]) -> [String] {
    files.append("\(folder)/\(name)-received-\(files.count)")
    return [
      "900", "pg_recvlogical", "-h", primary.home, "-U", "postgres", "-d", "postgres", "-S", "s", "--start", "-n",
      "-s", "1", "-F", "1", "-o", "proto_version=1", "-o", "publication_names=p", "-f", files[files.count - 1],
    ] + more
  }

  private func transactions() throws -> [PgoutputTransactions.Transaction] {
    // A cut transaction at the end of a file comes again, whole, in the next one.
    try files.filter(FileTree.exists).flatMap { file in
      var messages = PgoutputTransactions()
      try messages.take(file: FileTree.contents(of: file))
      return messages.transactions
    }
  }

  func settle() async { await work?.value }
  func position() throws -> UInt64 { try transactions().map(\.end).max() ?? 0 }
  func goOn(on primary: Cluster) async throws {
    let end = try await primary.currentLSN()
    let start = try position()
    try await primary.program(
      "timeout", program(primary, more: ["-I", lsnText(start), "-E", end]))
  }
  func received() throws -> [Int] { try transactions().flatMap(\.ids) }
}

/// A subscription on a server of its own, which is stopped while the primary fails over.
actor Subscription: TrialConsumer {
  private let server: Cluster
  private var applied: UInt64 = 0

  init(_ subscriber: Cluster) { server = subscriber }

  nonisolated var subscriber: Cluster? { server }

  func begin(on primary: Cluster, failover: Bool) async throws {
    try await server.sql(TrialLoad.tablesOfSubscriber)
    try await server.sql(
      "create subscription s connection '\(primary.connection("dbname=postgres"))' publication p"
        + " with (copy_data = false\(failover ? ", failover = true" : ""))")
    // Its catalog is read from files.
    try await server.sql("checkpoint")
  }

  func settle() async throws {
    try await applyWorkerHasEnded()
    try await server.sql("alter subscription s disable")
    applied = lsnNumber(
      try await server.sql(
        "select coalesce(max(remote_lsn), '0/0') from pg_replication_origin_status s join pg_subscription u"
          + " on s.external_id = 'pg_' || u.oid"))
    try await server.stop()
  }

  private nonisolated func applyWorkerHasEnded() async throws {
    try await server.wait("the end of the apply worker") {
      try await server.sql("select count(*) from pg_stat_subscription where received_lsn is not null") == "0"
    }
  }

  func position() -> UInt64 { applied }

  func goOn(on primary: Cluster) async throws {
    try await runs()
    try await server.sql(
      """
      alter subscription s connection '\(primary.connection("dbname=postgres"))';
      alter subscription s enable;
      """)
    try await catchUp(on: primary)
  }

  /// Where nothing let it go on it is still stopped.
  private func runs() async throws {
    if !FileTree.exists(server.data + "/postmaster.pid") { try await server.start() }
  }

  func received() async throws -> [Int] {
    try await runs()
    return try await rowNumbers(of: server)
  }
}

/// The numbers of all rows in the tables.
func rowNumbers(of cluster: Cluster) async throws -> [Int] {
  let query = TrialLoad.tables.map { "select id from \($0)" }.joined(separator: " union all ")
  return try await cluster.sql(query).split(separator: "\n").compactMap { Int($0) }
}

func lsnText(_ lsn: UInt64) -> String {
  String(lsn >> 32, radix: 16, uppercase: true) + "/" + String(lsn & 0xFFFF_FFFF, radix: 16, uppercase: true)
}

func lsnNumber(_ text: String) -> UInt64 {
  let parts = text.split(separator: "/").compactMap { UInt64($0, radix: 16) }
  return parts.count == 2 ? parts[0] << 32 | parts[1] : 0
}
