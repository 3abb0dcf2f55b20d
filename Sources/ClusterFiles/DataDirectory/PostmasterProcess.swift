import Glibc
import PostgresFormat

/// Whether the process that postmaster.pid names runs on a given data directory.
///
/// The file alone proves nothing: a crash leaves it behind, the number may belong to another process by now, and a copied
/// directory carries the file of the original. A postmaster's working directory is its data directory, which tells.
enum PostmasterProcess {
  /// true or false where it can be told, nil where this user may not look at a process that may be the server.
  static func isAlive(_ file: PostmasterPID, on directory: String) -> Bool? {
    guard let folder = try? FileStatus(path: directory) else { return nil }
    var mayNotLook = pid_t(exactly: file.pid.magnitude).map(isHidden) ?? false
    // In a container a server has another number than here. It runs only on a directory of its own user.
    for pid in ((try? DirectoryListing(path: "/proc", limit: 5_000_000).entries) ?? []).lazy.compactMap({
      pid_t($0.name)
    }) {
      guard let process = Process(pid), process.owner == folder.owner else { continue }
      switch process.works(in: folder.identity) {
      case true: return true
      case nil where process.isServer: mayNotLook = true
      default: continue
      }
    }
    return mayNotLook || isShared(directory) ? nil : false
  }

  /// In a container that sees its own processes alone, a server may run out of sight on whatever folder is not the container's alone: a
  /// volume, or the machine's own root.
  private static func isShared(_ directory: String) -> Bool {
    // The first namespace's number (PROC_PID_INIT_INO).
    guard let namespace = targetOfLink(at: "/proc/self/ns/pid"), namespace != "pid:[4026531836]" else { return false }
    guard let path = resolved(directory),
      let table = try? BoundedFile(path: "/proc/self/mountinfo").read(at: 0, count: 4 << 20)
    else { return true }
    return !MountTable(String(decoding: table, as: UTF8.self)).isOwnRoot(path)
  }

  /// There is such a process, and the system keeps it from this user's eyes (`hidepid`).
  private static func isHidden(_ pid: pid_t) -> Bool {
    guard pid > 0, kill(pid, 0) == 0 || errno == EPERM else { return false }
    return (try? FileStatus(path: "/proc/\(pid)")) == nil
  }

  private struct Process {
    private let path: String
    let owner: uid_t
    private let command: String

    /// nil where there is no such process, or only what is left of one that ended.
    init?(_ pid: pid_t) {
      path = "/proc/\(pid)"
      // Files under /proc have no size, so they are read until they end.
      guard let status = try? FileStatus(path: path),
        let stat = try? BoundedFile(path: path + "/stat").read(at: 0, count: 4096),
        // The state letter follows the command in parentheses, which may itself hold any character.
        let open = stat.firstIndex(of: UInt8(ascii: "(")), let close = stat.lastIndex(of: UInt8(ascii: ")")),
        open < close, close + 2 < stat.count, !"ZX".utf8.contains(stat[close + 2])
      else { return nil }
      owner = status.owner
      command = String(decoding: stat[(open + 1)..<close], as: UTF8.self)
    }

    /// By its name: those that are built on PostgreSQL keep it as part of their own.
    var isServer: Bool { command.contains("postgres") || command.contains("postmaster") }

    /// Whether it has this folder for its working directory, as the file system knows it: in a container or chroot the
    /// same folder has another path. nil where this user may not ask.
    func works(in folder: FileStatus.Identity) -> Bool? {
      do throws(FileError) {
        return try FileStatus(path: path + "/cwd").identity == folder
      } catch {
        // It ended meanwhile.
        return error.isMissing ? false : nil
      }
    }
  }

  /// The path with every symbolic link resolved, nil where it does not lead anywhere.
  static func resolved(_ path: String) -> String? {
    // SAFETY: realpath allocates the result, which is copied and freed here.
    guard let raw = unsafe realpath(path, nil) else { return nil }
    defer { unsafe free(raw) }
    return unsafe String(cString: raw)
  }
}
