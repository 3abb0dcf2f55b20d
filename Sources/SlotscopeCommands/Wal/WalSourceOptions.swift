import ArgumentParser
import ClusterFiles
import Glibc
import PostgresFormat

/// Where the WAL is, and which timeline of it: shared by all `wal` commands.
struct WalSourceOptions: ParsableArguments {
  @Option(name: [.customShort("D"), .customLong("pgdata")], help: OptionHelp.dataDirectory)
  var dataDirectory: String?

  @Option(
    name: [.customShort("p"), .customLong("waldir"), .customLong("archive")],
    help: ArgumentHelp("Folder with WAL segments, or root of an archive; may be repeated.", valueName: "dir"))
  var walFolders: [String] = []

  @OptionGroup var restore: RestoreCommandOption

  @Option(
    name: .shortAndLong,
    help: "Stay on this timeline (decimal, or hex with 0x); the default follows the newest one back.",
    transform: PositionArgument.timeline)
  var timeline: TimelineID?

  @Argument(help: ArgumentHelp("Segment files, folders with segments, or one data directory.", valueName: "file"))
  var files: [String] = []

  /// Opens what was named, or ends the command with a message; `orElse` writes a document that has nothing in it before.
  /// `range` is what STARTSEG and ENDSEG stand for, `positions` what is read of it, from the last checkpoint on where `fromCheckpoint`
  /// is set: as far as a command fetches that.
  func open(
    range: WalSegmentRange? = nil, positions: WalRangeOptions? = nil, fromCheckpoint: Bool = false,
    orElse nothing: () -> Void = {}
  ) throws -> WALSource {
    var request = WALSource.Request()
    (request.dataDirectory, request.folders, request.files, request.timeline) =
      (dataDirectory, walFolders, files, timeline)
    if let range {
      (request.files, request.folders) = ([], range.folders)
      request.dataDirectory = range.folders.isEmpty ? dataDirectory : nil
      request.timeline = timeline ?? range.first.timeline
    }
    if dataDirectory == nil, range == nil, let place = files.firstIndex(where: Self.isDataDirectory) {
      request.dataDirectory = request.files.remove(at: place)
    }
    try DataDirectoryArgument.exclude(dataDirectory, files.first(where: Self.isDataDirectory))
    if dataDirectory == nil && walFolders.isEmpty && files.isEmpty {
      guard let directory = DataDirectoryArgument.fromEnvironment else {
        throw ValidationError("no WAL given (-D, $PGDATA, --waldir or segment files)")
      }
      request.dataDirectory = directory
    }
    if let directory = request.dataDirectory, let base = TarStorage.base(at: directory) {
      do throws(FileError) { (request.dataDirectory, request.storage) = (base, try TarStorage(path: base)) } catch {
        nothing()
        throw CommandFailure("\(error.path): \(error.message)")
      }
    }
    if let command = restore.restoreCommand {
      do {
        request.fetched = try FetchedWAL.fetch(
          command, for: request, fromCheckpoint: fromCheckpoint
        ) { size in try positions?.bounds(segmentSize: size, range) ?? WalRangeOptions.Bounds() }
      } catch {
        nothing()
        throw error
      }
    }
    do {
      let source = try WALSource(request)
      warn(ofFoldersWithoutWAL: source.inventory)
      return source
    } catch {
      nothing()
      throw Self.failure(error, fetched: request.fetched)
    }
  }

  /// Beside folders that have segments one without would be passed over in silence.
  private func warn(ofFoldersWithoutWAL inventory: WALInventory) {
    for path in walFolders + files {
      let own = inventory.folders.indices.filter { index in
        let folder = inventory.folders[index].path
        return folder == path || folder.hasPrefix(path.hasSuffix("/") ? path : path + "/")
      }
      guard (try? FileStatus(path: path))?.kind == .directory, !Self.isDataDirectory(path) else { continue }
      let files = inventory.files.filter { own.contains(Int($0.folder)) }
      if files.isEmpty {
        Terminal.warn("the folder \(path) \(ArchiveLack.noSegment.sentence)")
      } else if !files.contains(where: \.state.mayBeLive),
        let problem = inventory.problems.first(where: { problem in
          own.contains { problem.path.hasPrefix(inventory.folders[$0].path + "/") }
        })
      {
        Terminal.warn("the folder \(path) \(ArchiveLack.unreadable(problem).sentence)")
      }
    }
  }

  /// No single files were named: what is not in the folders is missing.
  var areFolders: Bool { files.allSatisfy { (try? FileStatus(path: $0))?.kind == .directory } }

  /// What every other command takes as a source is understood here too.
  private static func isDataDirectory(_ path: String) -> Bool {
    TarStorage.base(at: path) != nil || (try? DataDirectory(path: path)) != nil
  }

  private static func failure(_ error: WALSource.OpenError, fetched: PassingFolder?) -> CommandFailure {
    func shown(_ text: String) -> String { fetched?.shown(text) ?? text }
    return failure(error, shown)
  }

  private static func failure(_ error: WALSource.OpenError, _ shown: (String) -> String) -> CommandFailure {
    switch error {
    case .file(let file):
      SourceFailure.ofTar(orNil: file.path)
        ?? CommandFailure("\(file.path): \(file.message)", hint: SourceFailure.ownerHint(file))
    case .archive(let refusal):
      CommandFailure(refusal.message, detail: refusal.detail, hint: refusal.hint)
    case .notASegment(let path):
      SourceFailure.ofTar(orNil: path)
        ?? CommandFailure(
          "\(path) is not named like a WAL segment",
          hint: "A segment's name has 24 hexadecimal digits: they say which WAL it holds.")
    case .noSegments:
      CommandFailure(
        "there is no WAL segment in the places given",
        hint: "Name a data directory, its pg_wal, an archive, or segment files.")
    case .noReadableSegment(let problem):
      CommandFailure(
        "no file holds WAL of PostgreSQL \(ServerVersion.supportedRange)",
        detail: shown("For one, \(problem.path) \(problem.sentence)."))
    case .noSuchTimeline(let timeline, let found):
      CommandFailure(
        "there is no WAL of timeline \(timeline)",
        detail: "There is WAL of timeline \(found.map(\.description).joined(separator: ", ")).")
    }
  }
}
