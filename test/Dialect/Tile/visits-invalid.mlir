// RUN: fovea-opt %s -split-input-file -verify-diagnostics

func.func @visit_lists_c1(%l: tensor<8x16xi32>, %i: index) {
  // expected-error @+1 {{'tile.visit_lists' op attribute 'split' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive}}
  %v = tile.visit_lists %l from %i to %i full %i to %i split 0 : tensor<8x16xi32>
  return
}

// -----

func.func @for_visits_c1_too_few(%v: !tile.visits) {
  // expected-error @+1 {{'tile.for_visits' op expected body arguments (index, tensor<Nxi1>, i1) and the carried values, got ('index')}}
  tile.for_visits %v : (%b: index) {
  }
  return
}

// -----

func.func @for_visits_c1_order(%v: !tile.visits) {
  // expected-error @+1 {{'tile.for_visits' op expected body arguments (index, tensor<Nxi1>, i1) and the carried values, got ('tensor<8xi1>', 'index', 'i1')}}
  tile.for_visits %v : (%m: tensor<8xi1>, %b: index, %f: i1) {
  }
  return
}

// -----

func.func @for_visits_c1_dynamic_mask(%v: !tile.visits) {
  // expected-error @+1 {{'tile.for_visits' op expected body arguments (index, tensor<Nxi1>, i1) and the carried values, got ('index', 'tensor<?xi1>', 'i1')}}
  tile.for_visits %v : (%b: index, %m: tensor<?xi1>, %f: i1) {
  }
  return
}

// -----

func.func @for_visits_c1_no_argument(%v: !tile.visits) {
  // expected-error @+1 {{'tile.for_visits' op expected body arguments (index, tensor<Nxi1>, i1) and the carried values, got ()}}
  "tile.for_visits"(%v) ({
    tile.yield
  }) : (!tile.visits) -> ()
  return
}

// -----

func.func @for_visits_c1_carried(%v: !tile.visits, %x: f32) {
  // expected-error @+1 {{'tile.for_visits' op expected body arguments (index, tensor<Nxi1>, i1) and the carried values, got ('index', 'tensor<8xi1>', 'i1')}}
  %0 = "tile.for_visits"(%v, %x) ({
  ^bb0(%b: index, %m: tensor<8xi1>, %f: i1):
    tile.yield %x : f32
  }) : (!tile.visits, f32) -> f32
  return
}

// -----

func.func @for_visits_c2(%v: !tile.visits, %x: f32, %y: index) {
  // expected-error @+1 {{'tile.for_visits' op expected the yield to have the carried types ('f32'), got ('index')}}
  %0 = tile.for_visits %v : (%b: index, %m: tensor<8xi1>, %f: i1) carry(%a = %x : f32) {
    tile.yield %y : index
  }
  return
}

// -----

func.func @for_visits_c3(%l: tensor<8x16xi32>, %i: index) {
  %v = tile.visit_lists %l from %i to %i full %i to %i split 1 : tensor<8x16xi32>
  // expected-error @+1 {{'tile.for_visits' op expected a token mask of the 8 tokens that the visits tell apart, got one of 4}}
  tile.for_visits %v : (%b: index, %m: tensor<4xi1>, %f: i1) {
  }
  return
}

// -----

func.func @for_visits_c4(%v: !tile.visits) {
  // expected-error @+1 {{'tile.for_visits' op attribute 'heads' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive}}
  tile.for_visits %v heads 0 : (%b: index, %m: tensor<4xi1>, %f: i1) {
  }
  return
}

// -----

func.func @for_visits_c5(%l: tensor<8x16xi32>, %i: index, %x: tensor<64x8xf32>) {
  %v = tile.visit_lists %l from %i to %i full %i to %i split 1 : tensor<8x16xi32>
  // expected-error @+1 {{'tile.for_visits' op expected carried tiles of 8 tokens of 16 heads, 128 rows, got 'tensor<64x8xf32>'}}
  %0 = tile.for_visits %v heads 16 : (%b: index, %m: tensor<8xi1>, %f: i1) carry(%a = %x : tensor<64x8xf32>) {
    tile.yield %a : tensor<64x8xf32>
  }
  return
}

// -----

func.func @results_differ_from_inits(%v: !tile.visits, %x: f32) {
  // expected-error @+1 {{'tile.for_visits' op failed to verify that all of {inits, results} have same type}}
  %0 = "tile.for_visits"(%v, %x) ({
  ^bb0(%b: index, %m: tensor<8xi1>, %f: i1, %a: f32):
    tile.yield %b : index
  }) : (!tile.visits, f32) -> index
  return
}
