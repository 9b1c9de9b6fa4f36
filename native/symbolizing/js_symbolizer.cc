// SPDX-License-Identifier: MIT
#include "symbolizing/js_symbolizer.h"

#include <atomic>
#include <cinttypes>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "symbolizing/symbolizer.h"

namespace xcap {

namespace {

// Converts frames to JavaScript objects. Equal frames of a batch share one object.
class FramesToJs {
 public:
  explicit FramesToJs(Napi::Env env) : env_(env) {}

  Napi::Array Stack(const std::vector<Frame>& frames) {
    Napi::Array js = Napi::Array::New(env_);
    for (const Frame& frame : frames) {
      auto& made = made_[{frame.addr, frame.module.get(), frame.functions.get()}];
      if (made.empty()) made = Make(frame);
      for (const Napi::Object& one : made) js.Set(js.Length(), one);
    }
    return js;
  }

 private:
  std::vector<Napi::Object> Make(const Frame& frame) {
    std::vector<Napi::Object> made;
    for (const Function& function : *frame.functions) {
      Napi::Object js = Begin(frame);
      js.Set("name", function.name);
      if (!function.is_inlined && function.offset != kNoOffset) js.Set("offset", Number(function.offset));
      SetModule(frame, &js);
      if (!function.file.empty()) js.Set("file", function.file);
      if (function.line != 0) js.Set("line", Number(function.line));
      if (function.is_inlined) js.Set("inlined", Napi::Boolean::New(env_, true));
      made.push_back(js);
    }
    if (!made.empty()) return made;
    Napi::Object js = Begin(frame);
    if (frame.module) js.Set("offset", Number(frame.file_offset));
    SetModule(frame, &js);
    made.push_back(js);
    return made;
  }

  Napi::Object Begin(const Frame& frame) {
    char addr[17];
    snprintf(addr, sizeof(addr), "%" PRIx64, frame.addr);
    Napi::Object js = Napi::Object::New(env_);
    js.Set("addr", addr);
    return js;
  }

  void SetModule(const Frame& frame, Napi::Object* js) {
    if (frame.module) js->Set("module", *frame.module);
    if (frame.build_id) js->Set("build_id", *frame.build_id);
  }

  Napi::Number Number(uint64_t value) { return Napi::Number::New(env_, static_cast<double>(value)); }

  Napi::Env env_;
  std::map<std::tuple<uint64_t, const void*, const void*>, std::vector<Napi::Object>> made_;
};

// Owns the symbolizer, the promises that it has to fulfil, and the way to call JavaScript from its thread. Everything
// but Notify runs on JavaScript's thread.
class JsSymbolizer : public Napi::ObjectWrap<JsSymbolizer> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(env, "NativeSymbolizer",
                       {
                           InstanceMethod<&JsSymbolizer::Symbolize>("symbolize"),
                           InstanceMethod<&JsSymbolizer::Close>("close"),
                       });
  }

  explicit JsSymbolizer(const Napi::CallbackInfo& info)
      : Napi::ObjectWrap<JsSymbolizer>(info), channel_(std::make_shared<Channel>()) {
    const auto nothing = Napi::Function::New(info.Env(), [](const Napi::CallbackInfo&) {});
    channel_->notify = Napi::ThreadSafeFunction::New(info.Env(), nothing, "xcapture symbolizer", 0, 1);
    // Only a promise that is open keeps the process.
    channel_->notify.Unref(info.Env());
    channel_->owner = this;
    // Registered after the function's own hook, so it runs before that one: the thread has ended when the function
    // goes.
    napi_add_env_cleanup_hook(info.Env(), OnEnvironmentEnd, this);
    symbolizer_ = std::make_unique<Symbolizer>([channel = channel_] { Notify(channel); });
  }

  ~JsSymbolizer() override {
    napi_remove_env_cleanup_hook(Env(), OnEnvironmentEnd, this);
    Shut();
  }

 private:
  // What the thread and the calls that it has queued need; it may outlive the object.
  struct Channel {
    Napi::ThreadSafeFunction notify;
    std::atomic<bool> is_notified{false};
    bool is_closing = false;        // symbolizer thread only: the environment is going
    JsSymbolizer* owner = nullptr;  // JavaScript's thread only; null: it has been closed
  };

  // Symbolizer thread. At most one call is queued at a time.
  static void Notify(const std::shared_ptr<Channel>& channel) {
    if (channel->is_closing || channel->is_notified.exchange(true)) return;
    const napi_status status = channel->notify.NonBlockingCall([channel](Napi::Env env, Napi::Function) {
      channel->is_notified = false;
      const Napi::HandleScope scope(env);
      if (channel->owner) channel->owner->Deliver(env);
    });
    channel->is_closing = status == napi_closing;
  }

  // The environment is going: no promise can be fulfilled any more.
  static void OnEnvironmentEnd(void* data) {
    auto* const self = static_cast<JsSymbolizer*>(data);
    self->has_environment_ended_ = true;
    self->Shut();
  }

  // symbolize([{pid, addrs}, …]): a promise of a list of frames for each.
  Napi::Value Symbolize(const Napi::CallbackInfo& info) {
    if (!symbolizer_) throw Napi::Error::New(info.Env(), "the symbolizer is closed");
    const auto stacks = info[0].As<Napi::Array>();
    SymbolBatch batch{next_id_++, {}, {}};
    for (uint32_t i = 0; i < stacks.Length(); i++) {
      const Napi::HandleScope scope(info.Env());
      const auto js = stacks.Get(i).As<Napi::Object>();
      const auto addrs = js.Get("addrs").As<Napi::BigUint64Array>();
      batch.stacks.push_back(
          {js.Get("pid").As<Napi::Number>().Int32Value(), {addrs.Data(), addrs.Data() + addrs.ElementLength()}});
    }
    if (open_.empty()) channel_->notify.Ref(info.Env());
    const auto [entry, is_new] = open_.emplace(batch.id, Napi::Promise::Deferred::New(info.Env()));
    symbolizer_->Ask(std::move(batch));
    return entry->second.Promise();
  }

  void Deliver(Napi::Env env) {
    SymbolBatch batch;
    while (symbolizer_ && symbolizer_->Take(&batch)) {
      const Napi::HandleScope scope(env);
      FramesToJs to_js(env);
      Napi::Array js = Napi::Array::New(env, batch.frames.size());
      for (uint32_t i = 0; i < batch.frames.size(); i++) js.Set(i, to_js.Stack(batch.frames[i]));
      const auto found = open_.find(batch.id);
      found->second.Resolve(js);
      open_.erase(found);
    }
    if (open_.empty() && symbolizer_) channel_->notify.Unref(env);
  }

  // close(): ends the thread. What is open is rejected. Any number of times.
  void Close(const Napi::CallbackInfo&) { Shut(); }

  void Shut() {
    if (!symbolizer_) return;
    symbolizer_.reset();
    channel_->owner = nullptr;
    // The environment releases its functions itself when it goes.
    if (has_environment_ended_) return;
    for (auto& [id, promise] : open_) {
      promise.Reject(Napi::Error::New(promise.Env(), "the symbolizer is closed").Value());
    }
    open_.clear();
    channel_->notify.Release();
  }

  std::shared_ptr<Channel> channel_;
  std::unique_ptr<Symbolizer> symbolizer_;
  std::map<uint64_t, Napi::Promise::Deferred> open_;  // by id of the batch
  uint64_t next_id_ = 0;
  bool has_environment_ended_ = false;
};

}  // namespace

Napi::Function DefineJsSymbolizer(Napi::Env env) { return JsSymbolizer::Define(env); }

}  // namespace xcap
