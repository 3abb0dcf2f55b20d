import Evidence
import FixtureSupport
import Glibc
import PostgresFormat
import Synchronization
import Testing

@testable import ClusterFiles

/// What commands do that fetch nothing, too much, or do not end: it is said, and nothing of them stays.
@Suite struct RestoreCommandTests {
  private let scratch = ScratchDirectory()
  private static let size = 1 << 20
  private static let name = "000000010000000000000008"

  private func place(jobs: Int = 2, news: @escaping (RestoreCommand.News) -> Void = { _ in }) throws
    -> RestoreCommand.Place
  {
    RestoreCommand.Place(try PassingFolder("fetched", in: scratch.path), jobs: jobs, report: news)
  }

  /// What is wanted: one segment, and no more.
  private var segment: WantedWAL {
    var wanted = WantedWAL(size: Self.size, history: TimelineHistory(timeline: TimelineID(1)))
    wanted.missing = [SegmentGap(timeline: TimelineID(1), first: SegmentNumber(8), last: SegmentNumber(8))]
    return wanted
  }

  private func failure(_ command: String, patience: UInt64 = 300, _ wanted: WantedWAL? = nil) throws -> String? {
    var command = RestoreCommand(command)
    command.patience = patience
    let place = try place()
    do throws(RestoreCommand.Failure) { try command.fetch(wanted ?? segment, in: place) } catch {
      return error.message
    }
    return nil
  }

  @Test func whatStandsForWhat() {
    let command = RestoreCommand("a %f \"%p\" %r %% %x %")
    #expect(
      command.shellCommand(file: "F", path: "/p") == "a F \"/p\" \(String(repeating: "0", count: 24)) % %x %")
  }

  @Test(arguments: [
    ("true %f", 0), ("false %f", 0), ("exit 125 %f", 0), ("mkdir %p", 0), ("mkfifo %p", 0), ("ln -s /etc %p", 0),
    ("ln -s /nowhere %p", 0), ("head -c 1000 /dev/zero >%p", 1), ("head -c 1048577 /dev/zero >%p", 1), (": >%p", 1),
    ("head -c 1048576 /dev/zero | gzip >%p", 1), ("head -c 1048576 /dev/zero >%p", 1),
  ])
  func whatIsNoSegmentIsLeftOut(command: String, oddities: Int) throws {
    let odd = Mutex(0)
    let place = try place { if case .isNone = $0 { odd.withLock { $0 += 1 } } }
    // What is far too large is stopped while it is written.
    do throws(RestoreCommand.Failure) { try RestoreCommand(command).fetch(segment, in: place) } catch {
      #expect(error.message == "the restore command writes more than 1048576 bytes for \(Self.name)")
    }
    #expect(odd.withLock { $0 } <= oddities, "\(command)")
    #expect(!FileTree.entries(of: place.folder.path).contains(Self.name), "\(command)")
  }

  /// The segment by its name, whatever its page's version: only the position counts here.
  private func segment(_ number: UInt64, in file: String = "segment") throws -> String {
    let data = try Fixtures.node("pg17-clean", "data").path + "/pg_wal"
    let name = try #require(FileTree.entries(of: data).filter { $0.count == 24 }.sorted().first)
    var bytes = try FileTree.contents(of: "\(data)/\(name)")
    let start = number * UInt64(Self.size)
    for index in 0..<8 { bytes[8 + index] = UInt8(truncatingIfNeeded: start >> UInt64(8 * index)) }
    return scratch.write(file, bytes)
  }

  @Test func aWholeSegmentIsTaken() throws {
    let file = try segment(8)
    for command in ["cp \(file) %p; : %f", "ln -s \(file) %p; : %f"] {
      let place = try place()
      try RestoreCommand(command).fetch(segment, in: place)
      #expect(FileTree.entries(of: place.folder.path) == [Self.name], "\(command)")
    }
  }

  /// The same file under every name is no WAL without end.
  @Test func theSameFileUnderEachNameEnds() throws {
    let names = Mutex<[String]>([])
    let place = try place(jobs: 1) { if case .fetching(let name) = $0 { names.withLock { $0.append(name) } } }
    let command = RestoreCommand("cp \(try segment(8)) %p; : %f")
    try command.fetchHistories(after: TimelineID(1), in: place)
    var wanted = segment
    (wanted.missing, wanted.onwards) = ([], SegmentNumber(8))
    try command.fetch(wanted, in: place)
    #expect(names.withLock { $0 } == ["00000002.history", Self.name, "000000010000000000000009"])
    #expect(FileTree.entries(of: place.folder.path) == [Self.name])
  }

  @Test(arguments: [
    ("exit 126 %f", "the restore command could not be run (exit code 126) for "),
    ("exit 255 %f", "the restore command could not be run (exit code 255) for "),
    ("kill -KILL $$; : %f", "the restore command was stopped by signal 9 for "),
    ("yes >%p", "the restore command writes more than 1048576 bytes for "),
  ])
  func whatIsNoAnswerEnds(command: String, message: String) throws {
    #expect(try failure(command) == message + Self.name)
  }

  /// pg_standby waits for what is not there yet. What a command has begun ends with it.
  @Test func aCommandThatDoesNotEndIsEnded() throws {
    let file = "\(scratch.path)/process"
    #expect(
      try failure("sleep 1000 & echo $! >\(file); wait; : %f", patience: 1)
        == "the restore command has not ended after 1 s for \(Self.name)")
    #expect(try isGone(processIn: file))
    // Nor does it go on where the command itself has ended.
    #expect(try failure("sleep 1000 & echo $! >\(file); exit 1; : %f") == nil)
    #expect(try isGone(processIn: file))
  }

  private func isGone(processIn file: String) throws -> Bool {
    let text = String(decoding: try FileTree.contents(of: file), as: UTF8.self)
    let process = try #require(pid_t(text.prefix { $0 != "\n" }))
    for _ in 0..<100 {
      // A process that has ended may wait to be asked for.
      let state = try? FileTree.contents(of: "/proc/\(process)/stat")
      guard let state, !String(decoding: state, as: UTF8.self).contains(") Z ") else { return true }
      usleep(20_000)
    }
    return false
  }

  /// A position is 64 bits: a forged one asks for what no disk holds, or for what comes after the last.
  @Test func forgedPositionsEnd() throws {
    var wanted = segment
    wanted.missing[0].last = SegmentNumber(UInt64.max / UInt64(Self.size))
    #expect(try failure("truncate -s 1M %p", wanted)?.hasPrefix("more WAL is needed than may be fetched") == true)
    wanted.missing = []
    let last = UInt64.max / UInt64(Self.size)
    _ = (try segment(last - 1, in: "0"), try segment(last, in: "1"))
    wanted.onwards = SegmentNumber(last - 1)
    let place = try place()
    let command = RestoreCommand("case %f in *FFE) cp \(scratch.path)/0 %p ;; *) cp \(scratch.path)/1 %p ;; esac")
    try command.fetch(wanted, in: place)
    #expect(
      FileTree.entries(of: place.folder.path).sorted() == ["00000001FFFFFFFF00000FFE", "00000001FFFFFFFF00000FFF"])
    wanted.onwards = SegmentNumber(.max)
    try command.fetch(wanted, in: place)
    (wanted.onwards, wanted.last) = (SegmentNumber(6), SegmentNumber(5))
    try command.fetch(wanted, in: place)
    #expect(FileTree.entries(of: place.folder.path).count == 2)
  }

  @Test func historiesAreAskedForUpToTheFirstThatIsMissing() throws {
    let place = try place()
    let command = RestoreCommand(#"case %f in 0000000[34].history) printf '1\t0/A\tx\n' >%p ;; *) exit 1 ;; esac"#)
    try command.fetchHistories(after: TimelineID(2), in: place)
    #expect(place.histories.map(\.timeline) == [TimelineID(3), TimelineID(4)])
    try command.fetchHistories(after: TimelineID(.max), in: place)
    // One that is too large is none.
    do throws(RestoreCommand.Failure) {
      try RestoreCommand("head -c 1048577 /dev/zero >%p; : %f").fetchHistories(after: TimelineID(7), in: place)
    } catch { #expect(error.message.hasPrefix("the restore command writes more than 1048576 bytes for 00000008")) }
    #expect(place.histories.count == 2)
  }

  /// Also what its owner cannot enter.
  @Test func theFolderIsGoneWhateverIsInIt() throws {
    var place: RestoreCommand.Place? = try place()
    let path = try #require(place?.folder.path)
    try RestoreCommand("mkdir -p a/b && touch a/b/c && chmod 0 a/b a; exit 1; : %f").fetch(segment, in: #require(place))
    place = nil
    #expect(!FileTree.exists(path))
  }

  @Test(arguments: [" ", "'", "$(x)", "\n", "é"]) func aFolderThatAShellTakesApartIsRefused(part: String) throws {
    let folder = "\(scratch.path)/a\(part)b"
    try ExternalProgram.run("/bin/mkdir", [folder])
    #expect(throws: PassingFolder.Refusal.self) { try PassingFolder("fetched", in: folder) }
  }
}
