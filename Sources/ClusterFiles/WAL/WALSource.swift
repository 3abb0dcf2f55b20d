import ByteReading
import Evidence
package import PostgresFormat

/// The WAL that a command works on: a data directory's, that of folders and archives, or single segment files, all seen as
/// one; with the timeline to follow.
package struct WALSource: Sendable {
  /// What the caller named. Nothing named is an error of the caller.
  package struct Request: Sendable {
    /// Its pg_wal (pg_xlog before 10) is read; its control file settles version, segment size and cluster.
    package var dataDirectory: String?
    /// Through which the data directory is read.
    package var storage: any ClusterStorage = PosixStorage()
    /// Archives, or further folders with segments.
    package var folders: [String] = []
    /// What was fetched for it: read like an archive, and kept as long as the WAL is.
    package var fetched: PassingFolder?
    /// Single segments; a folder among them is taken as one of ``folders``.
    package var files: [String] = []
    /// Stays on this timeline; without it the newest one is followed back through its ancestors.
    package var timeline: TimelineID?
    /// Names nothing yet.
    package init() {}
  }

  /// Why no route can be made.
  package enum OpenError: Error, Sendable {
    case file(FileError)
    /// WAL of several clusters below one folder.
    case archive(ArchiveRoot.Refusal)
    /// A name that is not a segment's.
    case notASegment(path: String)
    /// No file with a segment's name in any of the places.
    case noSegments
    /// No file begins with a WAL page of a version that is read.
    case noReadableSegment(WALProblem)
    /// None of the files belongs to this timeline.
    case noSuchTimeline(TimelineID, found: [TimelineID])
  }

  /// Along the timeline asked for, else along the history of the node or of the newest timeline that has WAL.
  package let route: WALRoute
  /// Of the data directory, where one was named and its control file can be read.
  package let control: ControlFile?
  /// All histories in the folders.
  package let histories: [TimelineHistory]
  /// All files in all the folders, also those of other timelines.
  package var inventory: WALInventory { route.inventory }

  /// Lists the folders and opens each segment once at most, for its first page. Throws ``OpenError`` where there is
  /// nothing to follow; what is wrong with single files goes to the inventory's problems.
  package init(_ request: Request) throws(OpenError) {
    let storage = request.storage
    var inventory = WALInventory(in: storage)
    var version: ServerVersion?
    var control: ControlFile?
    if let directory = request.dataDirectory {
      (version, control) = Self.identity(of: directory, in: storage)
      let names = version.map { [$0.walDirectoryName] } ?? ["pg_wal", "pg_xlog"]
      let name = names.first { (try? storage.exists(directory + "/" + $0)) != false } ?? names[0]
      do throws(FileError) {
        try inventory.add(folder: directory + "/" + name, asServer: true, limit: FolderScan.defaultLimit)
      } catch { throw .file(error) }
    }
    let system = control?.systemIdentifier
    for folder in request.folders { try Self.add(folder, to: &inventory, systemIdentifier: system) }
    if let fetched = request.fetched {
      do throws(FileError) { try inventory.add(folder: fetched.path) } catch { throw .file(error) }
      inventory.fetched = fetched
    }
    for file in request.files {
      let kind: FileKind
      do throws(FileError) { kind = try storage.status(file).kind } catch { throw .file(error) }
      if kind == .directory {
        try Self.add(file, to: &inventory, systemIdentifier: system)
        continue
      }
      guard inventory.add(file: file) else { throw .notASegment(path: file) }
    }
    guard !inventory.files.isEmpty else { throw .noSegments }
    inventory.sort()
    let isSettled = inventory.settleGeometry(
      version: control == nil ? nil : version, segmentSize: control.map { Int($0.walSegmentSize) },
      systemIdentifier: control?.systemIdentifier)
    guard isSettled else { throw .noReadableSegment(inventory.exampleOfUnreadable) }
    histories = inventory.readHistories()
    let timelines = inventory.liveTimelines
    if let pinned = request.timeline, !timelines.contains(pinned) { throw .noSuchTimeline(pinned, found: timelines) }
    let history = Self.history(request.timeline, timelines, control, histories)
    guard let history, let route = WALRoute(inventory, history: history) else {
      throw .noReadableSegment(inventory.exampleOfUnreadable)
    }
    (self.route, self.control) = (route, control)
  }

  /// A folder, or what is WAL below it.
  private static func add(
    _ path: String, to inventory: inout WALInventory, systemIdentifier: UInt64?
  ) throws(OpenError) {
    let root: ArchiveRoot
    do throws(ArchiveRoot.Refusal) { root = try ArchiveRoot(path, systemIdentifier: systemIdentifier) } catch {
      throw .archive(error)
    }
    for folder in root.folders {
      do throws(FileError) { try inventory.add(folder: folder) } catch { throw .file(error) }
    }
  }

  /// The timeline to follow: the one asked for, alone; else the data directory's own, and in recovery a newer one that
  /// comes from it; else the newest that has WAL.
  private static func history(
    _ pinned: TimelineID?, _ timelines: [TimelineID], _ control: ControlFile?, _ histories: [TimelineHistory]
  ) -> TimelineHistory? {
    if let pinned { return TimelineHistory(timeline: pinned) }
    func known(_ timeline: TimelineID) -> TimelineHistory {
      histories.first { $0.timeline == timeline } ?? TimelineHistory(timeline: timeline)
    }
    guard let control else { return timelines.last.map(known) }
    let own = control.ownTimeline
    let newest = control.isInRecovery ? timelines.last { $0 > own && known($0).contains(own) } : nil
    return known(newest ?? own)
  }

  private static func identity(
    of directory: String, in storage: any ClusterStorage
  ) -> (ServerVersion?, ControlFile?) {
    let text = (try? storage.wholeFile(directory + "/PG_VERSION", limit: VersionFile.fileSizeLimit)) ?? []
    let version = ServerVersion(name: String(decoding: text.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
    let path = directory + "/global/pg_control"
    guard let bytes = try? storage.wholeFile(path, limit: ControlFile.fileSizeLimit) else { return (version, nil) }
    // SAFETY: the array's elements are plain bytes.
    let control = try? ControlFile(parsing: unsafe bytes.span.bytes, version: version)
    return (version, control?.checksumMatches == true ? control : nil)
  }
}

extension ControlFile {
  /// It goes where a newer timeline goes.
  package var isInRecovery: Bool { state == .inArchiveRecovery || state == .shutDownInRecovery }
}

extension WALInventory {
  /// The timelines that have a file which may hold WAL, ascending.
  package var liveTimelines: [TimelineID] {
    var timelines: [TimelineID] = []
    for file in files where file.state.mayBeLive && file.name.timeline != timelines.last {
      timelines.append(file.name.timeline)
    }
    return timelines
  }

  /// The timeline histories in the folders, of each the newest first, until they have more entries than are kept. What
  /// cannot be read goes to the problems.
  mutating func readHistories(entryLimit: Int = Evidence.historyEntryLimit) -> [TimelineHistory] {
    var histories: [TimelineHistory] = []
    var known: Set<TimelineID> = []
    var entryCount = 0
    for folder in folders {
      for file in folder.histories.sorted(by: { $0.precedes($1) }) where !known.contains(file.timeline) {
        let path = "\(folder.path)/\(file.fileName)"
        guard entryCount <= entryLimit else {
          problems.append(
            WALProblem(path: path, cause: .leftOut("and older histories were not read: there are too many")))
          break
        }
        do throws(FileError) {
          let bytes = try SegmentReader.wholeFile(path, in: storage, limit: TimelineHistory.fileSizeLimit)
          do throws(FormatError) {
            // SAFETY: the array's elements are plain bytes.
            histories.append(try TimelineHistory(parsing: unsafe bytes.span.bytes, timeline: file.timeline))
            entryCount += histories[histories.count - 1].ancestors.count + 1
            known.insert(file.timeline)
          } catch { problems.append(WALProblem(path: path, error: error)) }
        } catch { problems.append(WALProblem(path: path, error: error)) }
      }
    }
    return histories.sorted { $0.timeline < $1.timeline }
  }
}
