import FixtureSupport
import ServerLab

/// A consumer of slot `s` that keeps what it received, and how far it got, through a failover.
protocol TrialConsumer: Sendable {
  /// Makes the slot and begins to receive.
  func begin(on primary: Cluster) async throws
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
}

extension TrialConsumer {
  var sources: [String] { [] }
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

private let makeSlot = "select pg_create_logical_replication_slot('s', 'pgoutput')"

/// Peeks, keeps what it saw, and only then advances the slot.
actor SQLConsumer: TrialConsumer {
  private var messages = PgoutputTransactions()
  private var ids: [Int] = []
  private var end: UInt64 = 0
  private var random: TrialRandom
  private var work: Task<Void, Never>?

  init(seed: UInt64) { random = TrialRandom(seed: seed) }

  func begin(on primary: Cluster) async throws {
    try await primary.sql(makeSlot)
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
      "select encode(data, 'hex') from pg_logical_slot_peek_binary_changes('s', null, \(limit), 'proto_version', '1',"
        + " 'publication_names', 'p')")
    var messages = PgoutputTransactions()
    try messages.take(lines: text)
    guard let last = messages.transactions.last else { return false }
    for transaction in messages.transactions where transaction.end > end {
      ids += transaction.ids
      end = transaction.end
    }
    try await primary.sql("select pg_replication_slot_advance('s', '\(lsnText(last.end))')")
    return true
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

  func begin(on primary: Cluster) async throws {
    try await primary.sql(makeSlot)
    let arguments = program(primary, more: [])
    work = Task { _ = try? await primary.attempt("timeout", arguments) }
  }

  private func program(_ primary: Cluster, more: [String]) -> [String] {
    files.append("\(folder)/\(name)-received-\(files.count)")
    return [
      "120", "pg_recvlogical", "-h", primary.home, "-U", "postgres", "-d", "postgres", "-S", "s", "--start", "-n",
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
  let subscriber: Cluster
  private var applied: UInt64 = 0

  init(_ subscriber: Cluster) { self.subscriber = subscriber }

  nonisolated var sources: [String] { ["--subscriber", subscriber.data] }

  func begin(on primary: Cluster) async throws {
    try await subscriber.sql(TrialLoad.tablesOfSubscriber)
    try await subscriber.sql(
      "create subscription s connection '\(primary.connection("dbname=postgres"))' publication p"
        + " with (copy_data = false)")
  }

  func settle() async throws {
    try await applyWorkerHasEnded()
    try await subscriber.sql("alter subscription s disable")
    applied = lsnNumber(
      try await subscriber.sql(
        "select coalesce(max(remote_lsn), '0/0') from pg_replication_origin_status s join pg_subscription u"
          + " on s.external_id = 'pg_' || u.oid"))
    try await subscriber.stop()
  }

  private nonisolated func applyWorkerHasEnded() async throws {
    try await subscriber.wait("the end of the apply worker") {
      try await subscriber.sql("select count(*) from pg_stat_subscription where received_lsn is not null") == "0"
    }
  }

  private nonisolated func hasAll(upTo end: String, of primary: Cluster) async throws {
    try await primary.wait("the subscriber") {
      try await primary.sql("select confirmed_flush_lsn >= '\(end)' from pg_replication_slots where slot_name = 's'")
        == "t"
    }
  }

  func position() -> UInt64 { applied }

  func goOn(on primary: Cluster) async throws {
    try await subscriber.start()
    try await subscriber.sql(
      """
      alter subscription s connection '\(primary.connection("dbname=postgres"))';
      alter subscription s enable;
      """)
    try await hasAll(upTo: try await primary.currentLSN(), of: primary)
  }

  func received() async throws -> [Int] {
    // Where it could not go on it is still stopped.
    if !FileTree.exists(subscriber.data + "/postmaster.pid") { try await subscriber.start() }
    return try await rowNumbers(of: subscriber)
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
