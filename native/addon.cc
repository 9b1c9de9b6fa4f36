// SPDX-License-Identifier: MIT
// The JavaScript boundary. lib/native.ts declares what is exported here and says what it means.
#include <fcntl.h>
#include <napi.h>
#include <pwd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <map>
#include <memory>
#include <string>
#include <type_traits>

#include "capabilities.h"
#include "error.h"
#include "sampling/block_names.h"
#include "sampling/sampler.h"
#ifdef XCAP_BLAZESYM
#include "symbolizing/js_symbolizer.h"
#endif

namespace {

using xcap::Sampler;
using xcap::SamplerOptions;

Napi::Error ToJs(Napi::Env env, const xcap::Error& error) {
  Napi::Error js = Napi::Error::New(env, error.what());
  js.Set("code", Napi::String::New(env, error.code()));
  js.Set("hint", Napi::String::New(env, error.hint()));
  js.Set("errno", Napi::Number::New(env, error.errno_value()));
  return js;
}

void SetFlags(const std::map<std::string, bool*>& flags, const Napi::Array& names) {
  for (uint32_t i = 0; i < names.Length(); i++) *flags.at(names.Get(i).As<Napi::String>()) = true;
}

xcap::Flags ReadFlags(const Napi::Object& js) {
  xcap::Flags flags;
  xcap::VisitFlags(flags, [&](const char* name, auto& field) {
    const Napi::Value value = js.Get(name);
    if (!value.IsUndefined()) field = static_cast<std::decay_t<decltype(field)>>(value.ToNumber().Uint32Value());
  });
  return flags;
}

SamplerOptions ReadOptions(const Napi::Object& js) {
  SamplerOptions options;
  const auto number = [&](const char* key) { return js.Get(key).As<Napi::Number>().DoubleValue(); };
  const auto flag = [&](const char* key) { return js.Get(key).As<Napi::Boolean>().Value(); };
  options.period_ns = number("periodNs");
  options.iterations = static_cast<uint64_t>(number("iterations"));
  options.duration_ns = static_cast<uint64_t>(number("durationNs"));
  options.walk.flags = options.track.flags = ReadFlags(js.Get("flags").As<Napi::Object>());
  options.walk.verbose = options.track.verbose = flag("verbose");
  const auto pids = js.Get("pids").As<Napi::Array>();
  for (uint32_t i = 0; i < pids.Length(); i++) {
    options.walk.pids.push_back(pids.Get(i).As<Napi::Number>().Uint32Value());
  }
  const std::map<std::string, bool*> tracked{{"syscall", &options.track.calls}, {"iorq", &options.track.requests}};
  SetFlags(tracked, js.Get("track").As<Napi::Array>());
  options.track.light = flag("light");
  options.track.some_threads = !options.walk.pids.empty();
  return options;
}

// Owns the sampler and the way to call JavaScript from its thread. Everything but Notify runs on JavaScript's thread.
class JsSampler : public Napi::ObjectWrap<JsSampler> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(env, "NativeSampler",
                       {
                           InstanceMethod<&JsSampler::Start>("start"),
                           InstanceMethod<&JsSampler::Read>("read"),
                           InstanceMethod<&JsSampler::Stop>("stop"),
                           InstanceMethod<&JsSampler::Close>("close"),
                           InstanceAccessor<&JsSampler::IsRealtime>("isRealtime"),
                           InstanceAccessor<&JsSampler::UsesPidIterator>("usesPidIterator"),
                       });
  }

  explicit JsSampler(const Napi::CallbackInfo& info) : Napi::ObjectWrap<JsSampler>(info) {
    try {
      sampler_ = std::make_unique<Sampler>(ReadOptions(info[0].As<Napi::Object>()));
    } catch (const xcap::Error& error) {
      throw ToJs(info.Env(), error);
    }
  }

  ~JsSampler() override {
    if (channel_) napi_remove_env_cleanup_hook(Env(), OnEnvironmentEnd, this);
    Shut();
  }

 private:
  // What the sampler thread and the calls that it has queued need; it may outlive the object.
  struct Channel {
    Napi::ThreadSafeFunction notify;
    std::atomic<bool> is_notified{false};
    std::atomic<bool> is_ended{false};
    bool is_closing = false;  // sampler thread only: the environment is going, notify must not be used again
  };

  // Sampler thread. At most one call is queued at a time.
  static void Notify(const std::shared_ptr<Channel>& channel) {
    if (channel->is_closing || channel->is_notified.exchange(true)) return;
    const napi_status status = channel->notify.NonBlockingCall([channel](Napi::Env, Napi::Function on_data) {
      channel->is_notified = false;
      on_data.Call({});
    });
    channel->is_closing = status == napi_closing;
  }

  static void OnEnvironmentEnd(void* self) { static_cast<JsSampler*>(self)->Shut(); }

  // start(onData): onData is called on JavaScript's thread when read() has got something, and at the end.
  void Start(const Napi::CallbackInfo& info) {
    if (!sampler_) throw Napi::Error::New(info.Env(), "the sampler is closed");
    if (channel_) throw Napi::Error::New(info.Env(), "the sampler is started already");
    auto channel = std::make_shared<Channel>();
    channel->notify = Napi::ThreadSafeFunction::New(info.Env(), info[0].As<Napi::Function>(), "xcapture sampler", 0, 1);
    channel_ = channel;
    // A worker thread or the process may end while the sampler runs. Hooks run last in, first out: this one comes
    // after the function's own, so that the thread has ended before the function goes.
    napi_add_env_cleanup_hook(info.Env(), OnEnvironmentEnd, this);
    sampler_->Start([channel] { Notify(channel); },
                    [channel] {
                      channel->is_ended = true;
                      Notify(channel);
                      if (!channel->is_closing) channel->notify.Release();
                    });
  }

  // read(into): moves one chunk into the Uint8Array, which must be able to hold it. Returns bytes, 0 when there is
  // nothing yet, -1 when there will be nothing any more.
  Napi::Value Read(const Napi::CallbackInfo& info) {
    if (!sampler_) return Napi::Number::New(info.Env(), -1);
    auto into = info[0].As<Napi::Uint8Array>();
    if (into.ByteLength() < Sampler::ChunkBytes()) {
      throw Napi::RangeError::New(info.Env(),
                                  "the buffer must hold " + std::to_string(Sampler::ChunkBytes()) + " bytes");
    }
    // Asked before the queue, because the thread fills the queue before it ends.
    const bool is_ended = channel_ && channel_->is_ended;
    size_t bytes = 0;
    sampler_->queue().Pop([&](const uint8_t* data, size_t size) {
      memcpy(into.Data(), data, size);
      bytes = size;
    });
    if (bytes == 0 && is_ended) return Napi::Number::New(info.Env(), -1);
    return Napi::Number::New(info.Env(), static_cast<double>(bytes));
  }

  // stop(): no further sample begins; read() gives what there is, then -1. Any number of times.
  void Stop(const Napi::CallbackInfo&) {
    if (sampler_) sampler_->Stop();
  }

  // close(): ends at once and frees everything. Any number of times.
  void Close(const Napi::CallbackInfo&) { Shut(); }

  Napi::Value IsRealtime(const Napi::CallbackInfo& info) {
    return Napi::Boolean::New(info.Env(), sampler_ && sampler_->is_realtime());
  }

  Napi::Value UsesPidIterator(const Napi::CallbackInfo& info) {
    return Napi::Boolean::New(info.Env(), sampler_ && sampler_->uses_pid_iterator());
  }

  void Shut() {
    if (sampler_) sampler_->Abort();
    sampler_.reset();
  }

  std::unique_ptr<Sampler> sampler_;
  std::shared_ptr<Channel> channel_;
};

// username(uid): the user's name, undefined when there is none. May ask a directory service, and then wait for it.
Napi::Value Username(const Napi::CallbackInfo& info) {
  std::array<char, 16384> buffer;
  passwd entry{};
  passwd* found = nullptr;
  const auto uid = static_cast<uid_t>(info[0].As<Napi::Number>().Uint32Value());
  if (getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) != 0 || !found) return info.Env().Undefined();
  return Napi::String::New(info.Env(), found->pw_name);
}

Napi::Array NamesToJs(Napi::Env env, const std::vector<std::pair<uint32_t, std::string>>& names) {
  Napi::Array js = Napi::Array::New(env);
  for (const auto& [value, name] : names) js.Set(value, Napi::String::New(env, name));
  return js;
}

// blockNames(): {operations, flags}, two sparse arrays of names. Throws.
Napi::Value ReadBlockNames(const Napi::CallbackInfo& info) {
  try {
    const xcap::BlockNames names = xcap::ReadBlockNames();
    Napi::Object js = Napi::Object::New(info.Env());
    js.Set("operations", NamesToJs(info.Env(), names.operations));
    js.Set("flags", NamesToJs(info.Env(), names.flags));
    return js;
  } catch (const xcap::Error& error) {
    throw ToJs(info.Env(), error);
  }
}

// dropCapabilities(keepsDacOverride, keepsSymbols): 0, or an errno.
Napi::Value DropCapabilities(const Napi::CallbackInfo& info) {
  xcap::KeptCapabilities kept;
  kept.dac_override = info[0].As<Napi::Boolean>().Value();
  kept.symbols = info[1].As<Napi::Boolean>().Value();
  return Napi::Number::New(info.Env(), xcap::DropCapabilities(kept));
}

// utcOffset(epochS): seconds east of UTC, by the C library's rules for TZ.
Napi::Value UtcOffset(const Napi::CallbackInfo& info) {
  const auto time = static_cast<time_t>(info[0].As<Napi::Number>().Int64Value());
  tm local{};
  tzset();
  localtime_r(&time, &local);
  return Napi::Number::New(info.Env(), static_cast<double>(local.tm_gmtoff));
}

// lockFile(fd): 0 when this process has the lock now, the pid of the process that has it, or a negative errno.
// Ends with the process, or when the process closes any descriptor of that file.
Napi::Value LockFile(const Napi::CallbackInfo& info) {
  const int fd = info[0].As<Napi::Number>().Int32Value();
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  int result = 0;
  if (fcntl(fd, F_SETLK, &lock) != 0) {
    result = -errno;
    // A process of another PID namespace has the number 0 here.
    if ((errno == EAGAIN || errno == EACCES) && fcntl(fd, F_GETLK, &lock) == 0 && lock.l_pid > 0) result = lock.l_pid;
  }
  return Napi::Number::New(info.Env(), result);
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  exports.Set("NativeSampler", JsSampler::Define(env));
#ifdef XCAP_BLAZESYM
  exports.Set("NativeSymbolizer", xcap::DefineJsSymbolizer(env));
  exports.Set("blazesym", Napi::String::New(env, XCAP_BLAZESYM));
#endif
  exports.Set("chunkBytes", Napi::Number::New(env, static_cast<double>(Sampler::ChunkBytes())));
  exports.Set("username", Napi::Function::New<Username>(env));
  exports.Set("dropCapabilities", Napi::Function::New<DropCapabilities>(env));
  exports.Set("blockNames", Napi::Function::New<ReadBlockNames>(env));
  exports.Set("utcOffset", Napi::Function::New<UtcOffset>(env));
  exports.Set("lockFile", Napi::Function::New<LockFile>(env));
  return exports;
}

}  // namespace

NODE_API_MODULE(xcapture, Init)
