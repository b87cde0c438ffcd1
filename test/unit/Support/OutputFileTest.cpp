//===- OutputFileTest.cpp - Old files survive, and nothing else is left ----===//

#include "fovea/Support/OutputFile.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

#include <csignal>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace fovea;
namespace fs = llvm::sys::fs;

namespace {

class OutputFile : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(fs::createUniqueDirectory("fovea", folder));
    path = (folder + "/out").str();
  }
  void TearDown() override { fs::remove_directories(folder); }

  std::string write(llvm::StringRef text) {
    return llvm::toString(
        writeFile(path, [&](llvm::raw_ostream &file) { file << text; }));
  }
  std::string read() {
    auto buffer = llvm::MemoryBuffer::getFile(path);
    return buffer ? (*buffer)->getBuffer().str() : "none";
  }
  int countFiles() {
    std::error_code code;
    int count = 0;
    for (fs::directory_iterator i(folder, code), end; i != end; i.increment(code))
      ++count;
    return count;
  }

  llvm::SmallString<128> folder;
  std::string path;
};

/// The largest size that files may have, while it lives.
class SizeLimit {
public:
  explicit SizeLimit(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &old);
    rlimit limit = {bytes, old.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~SizeLimit() { setrlimit(RLIMIT_FSIZE, &old); }

private:
  rlimit old;
};

} // namespace

TEST_F(OutputFile, is_made_and_replaced) {
  EXPECT_EQ(write("one"), "");
  EXPECT_EQ(read(), "one");
  EXPECT_EQ(write("two"), "");
  EXPECT_EQ(read(), "two");
  EXPECT_EQ(countFiles(), 1);
}

TEST_F(OutputFile, a_write_that_fails_leaves_what_was_there) {
  EXPECT_EQ(write("old"), "");
  std::string large(100000, 'x');
  {
    SizeLimit limit(1000);
    EXPECT_EQ(write(large), path + ": cannot write: File too large");
  }
  EXPECT_EQ(read(), "old");
  EXPECT_EQ(countFiles(), 1);
  EXPECT_EQ(write(large), "") << "an error of one write must not stay";
}

TEST_F(OutputFile, a_failed_write_makes_no_file) {
  SizeLimit limit(1000);
  EXPECT_EQ(write(std::string(100000, 'x')), path + ": cannot write: File too large");
  EXPECT_EQ(countFiles(), 0);
}

TEST_F(OutputFile, keeps_permissions_and_links) {
  EXPECT_EQ(write("old"), "");
  ASSERT_FALSE(fs::setPermissions(path, fs::owner_read | fs::owner_write));
  std::string file = path;
  path = (folder + "/link").str();
  ASSERT_FALSE(fs::create_link(file, path));
  EXPECT_EQ(write("new"), "");
  fs::file_status status;
  ASSERT_FALSE(fs::status(path, status, /*follow=*/false));
  EXPECT_EQ(status.type(), fs::file_type::symlink_file);
  path = file;
  EXPECT_EQ(read(), "new");
  ASSERT_FALSE(fs::status(path, status));
  EXPECT_EQ(status.permissions(), fs::owner_read | fs::owner_write);
}

TEST_F(OutputFile, devices_are_written_to_and_named) {
  path = "/dev/full";
  EXPECT_EQ(write("x"), "/dev/full: cannot write: No space left on device");
  path = "/dev/null";
  EXPECT_EQ(write("x"), "");
}

TEST_F(OutputFile, a_folder_is_none) {
  path = folder.str().str();
  EXPECT_EQ(write("x"), path + ": cannot write: Is a directory");
  path += "/none/file";
  EXPECT_EQ(write("x"), path + ": cannot write: No such file or directory");
}

TEST_F(OutputFile, a_signal_leaves_what_was_there) {
  EXPECT_EQ(write("old"), "");
  pid_t child = fork();
  if (child == 0) {
    llvm::consumeError(writeFile(path, [&](llvm::raw_ostream &file) {
      file << std::string(100000, 'x');
      raise(SIGTERM);
    }));
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(read(), "old");
  EXPECT_EQ(countFiles(), 1);
}
