//! The socket of a run: bytes in, frames and words out.
//!
//! It knows nothing of runs but an address. Dropping it closes it, and nothing of it is heard again.

use leptos::prelude::window;
use shared::protocol::http::Downward;
use shared::protocol::{Frame, FrameReader};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{BinaryType, CloseEvent, MessageEvent, WebSocket};

/// An open socket, or one that is being opened.
pub struct Socket {
    web: WebSocket,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_close: Closure<dyn FnMut(CloseEvent)>,
}

impl Socket {
    /// Opens the socket of run `id` from record `from` on; `on` hears whatever comes.
    pub fn open(id: &str, from: u64, on: impl Fn(Came) + Clone + 'static) -> Self {
        let location = window().location();
        let host = location.host().unwrap_or_default();
        let secure = location.protocol().is_ok_and(|protocol| protocol == "https:");
        let scheme = if secure { "wss" } else { "ws" };
        let address = format!("{scheme}://{host}/api/runs/{id}/live?from={from}");
        let socket = WebSocket::new(&address).expect("the address is well formed");
        socket.set_binary_type(BinaryType::Arraybuffer);

        let mut reader = FrameReader::joining();
        let heard = on.clone();
        let on_message = Closure::<dyn FnMut(_)>::new(move |event: MessageEvent| {
            heard(read(&mut reader, &event.data()).unwrap_or(Came::Nothing));
        });
        let on_close = Closure::<dyn FnMut(_)>::new(move |_: CloseEvent| on(Came::Nothing));
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        Self { web: socket, _on_message: on_message, _on_close: on_close }
    }

    /// Sends a text message; whether it could be.
    pub fn send(&self, text: &str) -> bool {
        self.web.ready_state() == WebSocket::OPEN && self.web.send_with_str(text).is_ok()
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.web.set_onmessage(None);
        self.web.set_onclose(None);
        let _ = self.web.close();
    }
}

/// What came.
pub enum Came {
    /// Some of the log.
    Frames(Vec<Frame>),
    /// Words beside it.
    Words(Downward),
    /// Nothing more: it closed, or cannot be read.
    Nothing,
}

/// What a message brought; none if it cannot be read.
fn read(reader: &mut FrameReader, data: &JsValue) -> Option<Came> {
    if let Some(text) = data.as_string() {
        return serde_json::from_str(&text).ok().map(Came::Words);
    }
    let buffer = data.dyn_ref::<js_sys::ArrayBuffer>()?;
    reader.push(&js_sys::Uint8Array::new(buffer).to_vec());
    let mut frames = Vec::new();
    loop {
        match reader.next_frame() {
            Ok(Some(frame)) => frames.push(frame),
            Ok(None) => return Some(Came::Frames(frames)),
            Err(_) => return None,
        }
    }
}
