import FixtureSupport
import Glibc
import PostgresFormat
import Testing

@testable import ClusterFiles

@Suite struct BoundedFileTests {
  private let scratch = ScratchDirectory()

  @Test func aWholeFileIsRead() throws {
    scratch.write("a", [1, 2, 3])
    scratch.write("empty", [])
    #expect(try readWholeFile("\(scratch.path)/a", limit: 3) == [1, 2, 3])
    #expect(try readWholeFile("\(scratch.path)/empty", limit: 0) == [])
    let file = try BoundedFile(path: "\(scratch.path)/a")
    #expect(file.status.size == 3)
    #expect(file.status.modifiedAt.unixMicroseconds > 1_700_000_000_000_000)
    #expect(try file.read(at: 1, count: 100) == [2, 3])
    #expect(try file.read(at: 7, count: 100) == [])
  }

  @Test func aFileLargerThanItsKindAllowsIsRefused() {
    scratch.write("a", [1, 2, 3])
    #expect(throws: FileError(path: "\(scratch.path)/a", reason: .tooLarge(limit: 2))) {
      _ = try readWholeFile("\(scratch.path)/a", limit: 2)
    }
  }

  @Test func aFileThatLosesItsEndIsNoWholeFile() throws {
    scratch.write("a", [1, 2, 3])
    let path = "\(scratch.path)/a"
    let file = try BoundedFile(path: path)
    try FileTree.change(path) { $0 = [1] }
    #expect(throws: FileError(path: path, reason: .shrank)) { _ = try file.readAll(limit: 10) }
  }

  @Test func aMissingFileKeepsItsErrorNumber() {
    let error = #expect(throws: FileError.self) { _ = try readWholeFile("\(scratch.path)/none", limit: 10) }
    #expect(error?.errno == ENOENT)
    #expect(error?.isMissing == true)
    #expect(error?.message == "No such file or directory")
  }

  @Test func aPipeIsNamedAndNotWaitedFor() {
    mkfifo("\(scratch.path)/pipe", 0o600)
    #expect(throws: FileError(path: "\(scratch.path)/pipe", reason: .notRegularFile(.fifo))) {
      _ = try readWholeFile("\(scratch.path)/pipe", limit: 10)
    }
  }

  @Test func aDirectoryAndADeviceAreNamed() {
    #expect(throws: FileError(path: scratch.path, reason: .notRegularFile(.directory))) {
      _ = try readWholeFile(scratch.path, limit: 10)
    }
    #expect(throws: FileError(path: "/dev/zero", reason: .notRegularFile(.characterDevice))) {
      _ = try readWholeFile("/dev/zero", limit: 10)
    }
  }

  @Test func aListingIsSortedByBytesAndKnowsKinds() throws {
    scratch.write("b", [])
    scratch.write("B", [])
    mkdir("\(scratch.path)/a", 0o700)
    symlink("b", "\(scratch.path)/link")
    let listing = try DirectoryListing(path: scratch.path)
    #expect(listing.entries.map(\.name) == ["B", "a", "b", "link"])
    #expect(listing.entries.map(\.kind) == [.regular, .directory, .regular, .symbolicLink])
    #expect(throws: FileError(path: scratch.path, reason: .tooManyEntries(limit: 3))) {
      _ = try DirectoryListing(path: scratch.path, limit: 3)
    }
  }

  @Test func listingAFileSaysWhatItIs() {
    scratch.write("a", [])
    #expect(throws: FileError(path: "\(scratch.path)/a", reason: .notDirectory(.regular))) {
      _ = try DirectoryListing(path: "\(scratch.path)/a")
    }
  }
}
