import FixtureSupport
import Glibc

/// A folder for the clusters of one test. All that was started in it is stopped when the test is over, and it goes.
package actor LabRun {
  package nonisolated let server: Lab.Server
  package nonisolated let folder: String
  private var clusters: [Cluster] = []

  private init(_ server: Lab.Server) throws {
    self.server = server
    var template = Array("\(try Lab.dataFolder.get())/run-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw ProgramFailure(description: "no folder in the lab") }
    folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    // The servers run as another user where the tests run as root.
    chmod(folder, 0o777)
  }

  /// Gives `body` a run of its own, as soon as fewer than a handful of others are under way: servers of all tests at once
  /// would only wait for each other.
  package static func on(_ server: Lab.Server, _ body: (LabRun) async throws -> Void) async throws {
    await RunLimit.shared.enter()
    do {
      let lab = try LabRun(server)
      do {
        try await body(lab)
      } catch {
        await lab.end()
        throw error
      }
      await lab.end()
    } catch {
      await RunLimit.shared.leave()
      throw error
    }
    await RunLimit.shared.leave()
  }

  private func end() async {
    for cluster in clusters { try? await cluster.stop("immediate") }
    _ = try? await runProgram("/bin/rm", ["-rf", folder])
  }

  private func folder(_ name: String) -> Cluster {
    let cluster = Cluster(server: server, home: "\(folder)/\(name)")
    mkdir(cluster.home, 0o777)
    chmod(cluster.home, 0o777)
    clusters.append(cluster)
    return cluster
  }

  /// A new primary, started: wal_level logical, small segments, no TCP.
  package func primary(
    _ name: String = "primary", segmentMegabytes: Int = 1, settings: [String: String] = [:]
  ) async throws -> Cluster {
    let cluster = folder(name)
    try await cluster.program(
      "initdb", ["-D", cluster.data, "--wal-segsize=\(segmentMegabytes)", "-A", "trust", "-U", "postgres", "-N"])
    try cluster.append("\nlocal replication all trust\nlocal all all trust\n", to: cluster.data + "/pg_hba.conf")
    try cluster.configure(
      [
        "wal_level": "logical", "max_wal_senders": "10", "max_replication_slots": "20", "shared_buffers": "16MB",
        "listen_addresses": "", "unix_socket_directories": cluster.home, "max_connections": "30", "fsync": "off",
        "max_prepared_transactions": "10", "autovacuum": "off", "min_wal_size": "2MB", "max_wal_size": "64MB",
      ].merging(settings) { $1 })
    try await cluster.start()
    return cluster
  }

  /// A copy of a stopped cluster's files, not started. Its socket is where the original's is.
  package func copy(of cluster: Cluster, _ name: String) async throws -> Cluster {
    let copy = folder(name)
    let outcome = try await runProgram("/bin/cp", ["-a", cluster.data, copy.data])
    guard outcome.status == 0 else { throw ProgramFailure(description: "copying \(cluster.data): \(outcome)") }
    return copy
  }

  /// The same with a socket of its own, and started.
  package func copy(of cluster: Cluster, started name: String, settings: [String: String] = [:]) async throws -> Cluster
  {
    let copy = try await copy(of: cluster, name)
    try copy.configure(["unix_socket_directories": copy.home].merging(settings) { $1 })
    try await copy.start()
    return copy
  }

  /// A standby of `primary` made from the stopped cluster that the primary was itself made from, started. Its physical slot
  /// `standby` is there already.
  package func standbyCopy(
    of cluster: Cluster, primary: Cluster, _ name: String, settings: [String: String] = [:]
  ) async throws -> Cluster {
    let copy = try await copy(of: cluster, name)
    try copy.configure(Self.standbySettings(copy, of: primary, slot: "standby").merging(settings) { $1 })
    try copy.append("", to: copy.data + "/standby.signal")
    try await copy.start()
    return copy
  }

  private static func standbySettings(_ cluster: Cluster, of primary: Cluster, slot: String) -> [String: String] {
    [
      "unix_socket_directories": cluster.home, "primary_conninfo": primary.connection(), "primary_slot_name": slot,
      "hot_standby_feedback": "on", "wal_receiver_status_interval": "1s", "wal_retrieve_retry_interval": "500ms",
    ]
  }

  /// The files of a directory whose server runs on, copied as they are found.
  package func liveCopy(of directory: String, _ name: String) async throws -> String {
    let copy = "\(folder)/\(name)"
    // Files that go while they are copied are not a failure here.
    _ = try await runProgram("/bin/cp", ["-a", directory, copy])
    return copy
  }

  /// Stops clusters of these names and removes their files.
  package func remove(_ names: String...) async {
    for name in names {
      let home = "\(folder)/\(name)"
      for cluster in clusters where cluster.home == home { try? await cluster.stop("immediate") }
      clusters.removeAll { $0.home == home }
      _ = try? await runProgram("/bin/rm", ["-rf", home])
    }
  }

  /// A new standby of a running primary, started, with hot_standby_feedback and a physical slot of its name.
  package func standby(
    of primary: Cluster, _ name: String = "standby", settings: [String: String] = [:]
  ) async throws -> Cluster {
    let cluster = folder(name)
    try await primary.sql("select pg_create_physical_replication_slot('\(name)', true)")
    try await primary.program(
      "pg_basebackup", ["-D", cluster.data, "-h", primary.home, "-U", "postgres", "-X", "stream", "-c", "fast"])
    try cluster.configure(
      Self.standbySettings(cluster, of: primary, slot: name).merging(settings) { $1 })
    try cluster.append("", to: cluster.data + "/standby.signal")
    try await cluster.start()
    return cluster
  }
}
