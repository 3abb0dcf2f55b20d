package import Evidence
package import PostgresFormat

extension WALEvidence {
  /// Files that are named one by one: more help nobody.
  private static let problemLimit = 10_000

  /// What of the write-ahead log is in a data directory, and where it ends on the timeline of `history`.
  ///
  /// Looks at the first page of every segment, and reads records only from the last checkpoint on. Without a control file
  /// the segments themselves tell version and size; without a history the newest timeline that has live WAL is taken.
  /// Nothing here throws: what cannot be read is a problem in the list, with paths from the data directory. So is a folder
  /// with more than `limit` names, of which nothing is known then.
  package static func gather(
    dataDirectory: String, in storage: any ClusterStorage = PosixStorage(), version: ServerVersion?,
    control: ControlFile?, history: TimelineHistory?,
    label: BackupLabel? = nil, limit: Int = FolderScan.defaultLimit
  ) -> (wal: WALEvidence, problems: [Problem]) {
    var wal = WALEvidence()
    var problems: [Problem] = []
    var inventory = WALInventory(in: storage)
    let candidates = version.map { [$0.walDirectoryName] } ?? ["pg_wal", "pg_xlog"]
    let name = candidates.first { (try? storage.exists(dataDirectory + "/" + $0)) != false } ?? candidates[0]
    let path = dataDirectory + "/" + name
    wal.path = name
    wal.linkTarget = storage.target(ofLink: path).map(SecretRedaction.scrubbed)
    do throws(FileError) {
      try inventory.add(folder: path, limit: limit)
    } catch {
      return (wal, [Problem(error, subject: "wal", path: name)])
    }
    inventory.sort()
    inventory.settleGeometry(
      version: version, segmentSize: control.map { Int($0.walSegmentSize) },
      systemIdentifier: control?.systemIdentifier, probeLimit: .max)
    wal.segmentSize = inventory.geometry?.segmentSize ?? control?.segmentSize
    wal.count(inventory)
    wal.contents = FolderContentsReader(path, in: storage, name: name, inventory, version: version).read(limit: limit)
    do throws(FileError) {
      let status = try ArchiveStatus(
        folder: path + "/archive_status", in: storage, segmentSize: wal.segmentSize, limit: limit)
      (wal.archiveReadyCount, wal.archived) = (status.readyCount, status.done)
      wal.archiveQueue = status.queue
    } catch {
      wal.archiveReadyCount = nil
      problems.append(Problem(error, subject: "archive_status", path: name + "/archive_status"))
    }
    do throws(FileError) {
      (wal.summaryCount, wal.summarized) = try summaries(in: path + "/summaries", storage, limit: limit)
    } catch {
      wal.summaryCount = nil
      problems.append(Problem(error, subject: "wal_summaries", path: name + "/summaries"))
    }

    if let history = history ?? wal.live.last.map({ TimelineHistory(timeline: $0.timeline) }),
      let route = WALRoute(inventory, history: history)
    {
      let search = WALEndSearch(route)
      let found = search.find(from: control?.checkpoint.redo.nonZero)
      wal.end = found?.end
      wal.firstTime = search.firstTime()
      wal.end?.path = found?.end.path.map { $0.dropPrefix(dataDirectory + "/") }
      if let problem = found?.problem { inventory.problems.append(problem) }
      wal.gaps = route.gaps(upTo: wal.end?.lsn)
      wal.replay = found?.replay
      if let control {
        wal.startRecords = StartRecordReader(route: route).read([
          control.checkpointLSN, control.checkpoint.redo, label?.checkpointLSN ?? .none, label?.startLSN ?? .none,
        ])
      }
    }
    problems += inventory.problems.prefix(problemLimit).map { Problem(subject: "wal", $0, under: dataDirectory) }
    if inventory.problems.count > problemLimit {
      let message = "\(inventory.problems.count - problemLimit) more of its files are no better, and not listed"
      problems.append(Problem(subject: "wal", path: name, cause: .other(code: "too_many", message: message)))
    }
    return (wal, problems)
  }

  private mutating func count(_ inventory: WALInventory) {
    for file in inventory.files {
      totalBytes += UInt64(file.size ?? 0)
      if file.isPartial {
        partial.append(file.name)
        continue
      }
      switch file.state {
      case .recycled: recycledCount += 1
      case .preallocated: preallocatedCount += 1
      case .live:
        guard let size = segmentSize, let number = file.name.number(size: size) else { break }
        live.extend(with: number, on: file.name.timeline)
      default: break
      }
    }
    backupHistoryCount = inventory.folders.reduce(0) { $0 + $1.backupHistoryCount }
  }

  /// How many summaries there are, and up to where they reach. Their names are timeline, beginning and end.
  private static func summaries(
    in folder: String, _ storage: any ClusterStorage, limit: Int
  ) throws(FileError) -> (
    count: Int, reach: [SummarizedTimeline]
  ) {
    var count = 0
    var ends: [TimelineID: LSN] = [:]
    guard try storage.exists(folder) else { return (0, []) }
    try unsafe storage.forEachName(in: folder, limit: limit) { name, _ in
      let suffix = ".summary".utf8
      guard name.count == 40 + suffix.count, unsafe name.suffix(suffix.count).elementsEqual(suffix),
        let timeline = unsafe UInt32Hex.parse(name.prefix(8)),
        let high = unsafe UInt32Hex.parse(name[24..<32]), let low = unsafe UInt32Hex.parse(name[32..<40])
      else { return }
      count += 1
      let end = LSN(UInt64(high) << 32 | UInt64(low))
      ends[TimelineID(timeline), default: end] = max(end, ends[TimelineID(timeline)] ?? end)
    }
    return (
      count, ends.map { SummarizedTimeline(timeline: $0.key, end: $0.value) }.sorted { $0.timeline < $1.timeline }
    )
  }
}

extension String {
  fileprivate func dropPrefix(_ prefix: String) -> String { hasPrefix(prefix) ? String(dropFirst(prefix.count)) : self }
}

extension Problem {
  /// Its path from the directory on, where it lies in there.
  init(subject: String, _ problem: WALProblem, under directory: String) {
    let path = problem.path.dropPrefix(directory + "/")
    switch problem.cause {
    case .file(let error): self.init(error, subject: subject, path: path)
    case .format(let error): self.init(subject: subject, path: path, cause: .format(error))
    case .state(let state):
      self.init(subject: subject, path: path, cause: .other(code: state.code, message: state.sentence))
    case .leftOut(let sentence):
      self.init(subject: subject, path: path, cause: .other(code: "too_many", message: sentence))
    }
  }
}
